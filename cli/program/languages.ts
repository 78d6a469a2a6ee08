import type { Program } from "./program";
import { writePython } from "./python";
import { writeTypeScript } from "./typescript";
import { writeYaml } from "./yaml";

/** Languages that programs are written in. */
export const languages = {
  typescript: { name: "TypeScript", endings: [".ts", ".mts", ".cts"], write: writeTypeScript },
  python: { name: "Python", endings: [".py"], write: writePython },
  yaml: { name: "YAML", endings: [".yaml", ".yml"], write: writeYaml },
} as const satisfies Record<string, LanguageWriter>;

interface LanguageWriter {
  name: string;
  endings: readonly string[];
  write: (program: Program) => string;
}

/** One of them. */
export type Language = keyof typeof languages;

/** The language that a file's name tells. */
export function languageOf(file: string): Language | undefined {
  const known = Object.entries(languages) as [Language, LanguageWriter][];
  return known.find(([, { endings }]) => endings.some((ending) => file.endsWith(ending)))?.[0];
}
