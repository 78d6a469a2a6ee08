import { packageSchema } from "./package";

/** The groups of the schema whose members have a line each. */
const BY_LINE = ["types", "resources", "functions"];

/** The package's schema as a text in which a change reads well: one line for each type, resource and function. */
export function schemaText(version: string): string {
  const lines = Object.entries(packageSchema(version)).map(([name, value]: [string, unknown]) => {
    const key = JSON.stringify(name);
    if (!BY_LINE.includes(name)) return `${key}: ${JSON.stringify(value)}`;
    const members = Object.entries(value as object).map(
      ([member, spec]: [string, unknown]) => `${JSON.stringify(member)}: ${JSON.stringify(spec)}`,
    );
    return `${key}: {\n${members.join(",\n")}\n}`;
  });
  return `{\n${lines.join(",\n")}\n}\n`;
}
