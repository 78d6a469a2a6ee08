import type { TargetLimits } from "../target";
import { folderOf } from "./folder";

/** What is true of every `directory` target. */
export const directoryLimits: TargetLimits = {
  maxBytes: Infinity,
  oneFile: true,
  placeOf: ({ path }) => `directory:${folderOf(String(path))}`,
  paths: ["path"],
  problemsOf: () => [],
};
