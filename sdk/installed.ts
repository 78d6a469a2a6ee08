import { createRequire } from "node:module";
import { isAbsolute, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { isMocked } from "./program";
import { ProgramError } from "./program-error";

/** What the code in Pulumi's state loads, from the project's folder; see `dynamic-provider.ts`. */
const HANDLERS = "pulumi-airflow-env/provider/handlers";

const found = new Set<string>();

/**
 * Pulumi runs the resources' code from the project's folder. Where only another package depends on this one, as in a
 * monorepo or with pnpm, it is not found there, and the engine's message does not say why.
 *
 * @throws ProgramError with the remedy.
 */
export function requireInstalledInProject(folders: string[] = projectFolders()): void {
  if (isMocked() || folders.some((folder) => isFoundFrom(folder))) return;
  throw new ProgramError(
    `pulumi-airflow-env cannot be loaded from the Pulumi project's folder ${folders[0]}: Pulumi runs its resources' code ` +
      `from there. Add pulumi-airflow-env to the dependencies of the Pulumi project itself, also where a library of yours ` +
      `depends on it already, and install`,
  );
}

/** The program's folder, and the project's where the program is in a folder below it. */
function projectFolders(): string[] {
  return [process.cwd(), pulumi.getRootDirectory()].filter(isAbsolute);
}

function isFoundFrom(folder: string): boolean {
  if (found.has(folder)) return true;
  try {
    createRequire(join(folder, "program.js")).resolve(HANDLERS);
    found.add(folder);
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "MODULE_NOT_FOUND") return false;
    throw error;
  }
}
