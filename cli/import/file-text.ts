import { readFile } from "node:fs/promises";
import { InputError } from "../../provider/errors";

/** Forms that Airflow writes exports in. */
export type FileForm = "json" | "yaml" | "env";

/** The form of a file, by the end of its name, as Airflow tells it. @throws InputError for another one. */
export function formOf(path: string): FileForm {
  const [, suffix = ""] = /\.([^./]+)$/.exec(path) ?? [];
  const form = ({ json: "json", yaml: "yaml", yml: "yaml", env: "env" } as const)[suffix.toLowerCase()];
  if (form !== undefined) return form;
  throw new InputError(`${path}: its name must end with .json, .yaml, .yml or .env, as Airflow's exports do`);
}

/** Text of a source file. @throws InputError when it cannot be read, or is no UTF-8. */
export async function sourceText(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = { ENOENT: "it does not exist", EACCES: "permission denied", EISDIR: "it is a folder" }[code ?? ""];
    throw reason === undefined ? error : new InputError(`cannot read ${path}: ${reason}`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new InputError(`${path}: is not UTF-8 text`);
  }
}
