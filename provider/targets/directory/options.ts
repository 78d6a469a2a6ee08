import { z } from "zod";

/** Options of the `directory` target: the file on a disk that Airflow can read. */
export const directoryOptions = z.strictObject({
  /** Folder, made with mode 0700 if it does not exist; relative to the working directory, `~/` is understood. */
  path: z.string().min(1, "must name a folder"),
  /** Name inside the folder; Airflow tells the format by the ending. */
  fileName: z
    .string()
    .regex(/^[^/\\\0]{1,128}\.json$/, 'must be a plain file name that ends with ".json"')
    .default("connections.json"),
});

/** As written in a program. */
export type DirectoryInput = z.input<typeof directoryOptions>;
/** With defaults filled in. */
export type DirectoryOptions = z.output<typeof directoryOptions>;
