import { variablesText } from "../fetch";
import type { Effective } from "../effective";
import { envFile, type LeftOut } from "../env-file";
import { RUN_FILES } from "./airflow-environment";
import type { PrivateFolder } from "./private-folder";

/** Texts of the files of a run, by name. */
export type RunTexts = Record<string, string>;

/** What a run writes; all of it, also when there is nothing: a file that Airflow is told of must be there. */
export function textsOfRun({ rendered, variables }: Effective): { texts: RunTexts; leftOut: LeftOut[] } {
  const { text, leftOut } = envFile({ connections: rendered.entries, variables });
  return {
    texts: {
      [RUN_FILES.connections]: rendered.text,
      [RUN_FILES.variables]: variablesText(variables),
      [RUN_FILES.env]: text,
    },
    leftOut,
  };
}

/** Writes those files that are not as `before`. */
export async function writeTexts(folder: PrivateFolder, texts: RunTexts, before: RunTexts = {}): Promise<void> {
  for (const [name, text] of Object.entries(texts)) if (before[name] !== text) await folder.write(name, text);
}
