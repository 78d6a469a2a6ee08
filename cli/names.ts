import { InputError } from "../provider/errors";
import { idSchema, nameSchema } from "../provider/resources/declaration/schemas";

/** @throws InputError unless a Workspace or Deployment can have this name. */
export function requireName(what: string, name: string): void {
  requireValid(nameSchema.safeParse(name), what, name);
}

/** @throws InputError unless a stored value can have this name; the rule is that of connection ids. */
export function requireValueName(name: string): void {
  requireValid(idSchema.safeParse(name), "value", name);
}

function requireValid(
  parsed: { success: boolean; error?: { issues: { message: string }[] } | undefined },
  what: string,
  name: string,
): void {
  if (parsed.success) return;
  throw new InputError(`${what} ${JSON.stringify(name)}: ${parsed.error?.issues[0]?.message ?? "is not a valid name"}`);
}
