import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CliContext } from "./context";

/** Prints the version of the package that this file is part of. */
export async function printVersion({ terminal }: CliContext, { json }: { json?: boolean }): Promise<void> {
  const version = await packageVersion(__dirname);
  terminal.out(json ? JSON.stringify({ version, node: process.versions.node }) : version);
}

/** The package file is one or two folders up, from source or from the build. */
async function packageVersion(folder: string): Promise<string> {
  try {
    const text = await readFile(join(folder, "package.json"), "utf8");
    return (JSON.parse(text) as { version: string }).version;
  } catch (error) {
    const parent = dirname(folder);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || parent === folder) throw error;
    return packageVersion(parent);
  }
}
