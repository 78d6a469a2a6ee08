import { RefusedError } from "./failure";

/** The lines around what is ours in a file that a user keeps too. */
const BEGIN = "# >>> airflow-env >>> written by airflow-env fetch; changes between these lines are lost";
const END = "# <<< airflow-env <<<";
const BEGIN_LINE = /^# >>> airflow-env >>>.*$/gm;
const END_LINE = /^# <<< airflow-env <<<.*$/gm;

/** A file with our block, and what a user should know of it. */
export interface Merged {
  text: string;
  /** Variables of the block that the rest of the file sets too. */
  setTwice: string[];
}

/**
 * Puts lines into the marked block of an env file, at its place or at the end; the rest stays byte for byte.
 *
 * @param existing - `latin1` text of the file, so that no byte is changed by decoding; empty for a new one.
 * @param lines - ASCII, each with a newline.
 * @param names - the variables that the lines set.
 * @throws RefusedError when the markers do not make one block.
 */
export function mergeBlock(existing: string, lines: string, names: string[]): Merged {
  const begins = [...existing.matchAll(BEGIN_LINE)];
  const ends = [...existing.matchAll(END_LINE)];
  const [begin, end] = [begins[0], ends[0]];
  if (
    begins.length > 1 ||
    ends.length > 1 ||
    Boolean(begin) !== Boolean(end) ||
    (begin && end && begin.index > end.index)
  )
    throw new RefusedError(
      'has broken airflow-env markers; keep one line "# >>> airflow-env >>>" and after it one "# <<< airflow-env <<<", ' +
        "or remove both",
    );
  const before = begin ? existing.slice(0, begin.index) : existing;
  const after = end ? existing.slice(end.index + end[0].length).replace(/^\r?\n/, "") : "";
  const glue = before === "" || before.endsWith("\n") ? "" : "\n";
  const setTwice = names.filter((name) =>
    new RegExp(`^[ \\t]*(export[ \\t]+)?${name}[ \\t]*[=:]`, "m").test(before + "\n" + after),
  );
  return { text: `${before}${glue}${BEGIN}\n${lines}${END}\n${after}`, setTwice };
}
