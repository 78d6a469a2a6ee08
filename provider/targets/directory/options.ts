import { z } from "zod";
import { DEFAULT_NAMES } from "./airflow-side";

/** Name of a file of ours: hidden ones are our own bookkeeping. */
export const directoryFileName = z
  .string()
  .regex(
    /^[^/\\.\p{C}\p{Zl}\p{Zp}][^/\\\p{C}\p{Zl}\p{Zp}]{0,127}\.json$/u,
    'must be a plain file name that ends with ".json", does not begin with a dot and has no control characters',
  );

/** Options of the `directory` target: the files on a disk that Airflow can read. */
export const directoryOptions = z
  .strictObject({
    /** Folder, made with mode 0700 if it does not exist; relative to the working directory, `~/` is understood. */
    path: z.string().regex(/^[^\p{Cc}]+$/u, "must name a folder, without control characters"),
    /** Name inside the folder; Airflow tells the format by the ending. */
    fileName: directoryFileName.default(DEFAULT_NAMES.connections),
    /** The same for Variables; the file exists while the Deployment gets any. */
    variablesFileName: directoryFileName.default(DEFAULT_NAMES.variables),
  })
  .refine(({ fileName, variablesFileName }) => fileName !== variablesFileName, {
    path: ["variablesFileName"],
    error: "must not be the name of the connections' file",
  });

/** As written in a program. */
export type DirectoryInput = z.input<typeof directoryOptions>;
/** With defaults filled in. */
export type DirectoryOptions = z.output<typeof directoryOptions>;
