import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { catalog } from "./catalog";
import { ProgramError } from "./program-error";

/** Files that include files that include files: more than anybody maintains. */
const MAX_DEPTH = 20;

/**
 * Packages of a requirements file and of those that it includes with `-r`, as names, extras and versions; options, index
 * URLs and addresses, which may hold logins, are left out. Constraints (`-c`) install nothing and are not read.
 *
 * @param path - relative to the program's folder; included files are relative to the one that includes them, as for pip.
 * @param what - whose file it is, for messages.
 * @throws ProgramError naming the file that cannot be read, and the one that includes it.
 */
export function readRequirementsFile(path: string, what: string): string[] {
  const seen = new Set<string>();
  const read = (file: string, shown: string, includedBy: string[]): string[] => {
    if (seen.has(file)) return [];
    seen.add(file);
    if (includedBy.length > MAX_DEPTH)
      throw new ProgramError(`${what}: ${shown} is included more than ${MAX_DEPTH} files deep`);
    const { requirements, includes } = catalog().parseRequirements(textOf(file, shown, includedBy.at(-1), what));
    const within = [...includedBy, shown];
    return [...requirements, ...includes.flatMap((include) => read(resolve(dirname(file), include), include, within))];
  };
  return [...new Set(read(resolve(path), path, []))];
}

function textOf(file: string, shown: string, includedBy: string | undefined, what: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    const place = includedBy === undefined ? "" : `, which ${includedBy} includes,`;
    const start = includedBy === undefined ? "the program's folder" : `the folder of ${includedBy}`;
    throw new ProgramError(`${what}: ${shown}${place} cannot be read (${code}); give a path relative to ${start}`);
  }
}
