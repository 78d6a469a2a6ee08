import { z } from "zod";
import { InputError } from "../../errors";

/** What a `local:` address says. */
export interface LocalOptions {
  /** Folder of the store as written, relative to the working directory; `~/` is understood. */
  path: string;
}

const EXAMPLE = 'for example "local:.airflow-env" or "local:/srv/airflow-env"';

const pathSchema = z
  .string()
  .min(1, `needs a folder: ${EXAMPLE}`)
  .max(4000, "is too long")
  .refine((path) => !path.includes("\0"), "must not contain a NUL character")
  .refine(
    (path) => !/^([a-z][a-z0-9+.-]*:)?\/\//i.test(path),
    `is a path, not a URL: write it right after "local:", ${EXAMPLE}`,
  );

/**
 * Reads `local:PATH`; looks at nothing but the text.
 *
 * @throws InputError naming what is wrong.
 */
export function parseLocalOptions(address: string): LocalOptions {
  if (!address.startsWith("local:")) throw new InputError('store address does not begin with "local:"');
  const parsed = pathSchema.safeParse(address.slice("local:".length));
  if (parsed.success) return { path: parsed.data };
  const reason = parsed.error.issues.map((issue) => issue.message).join("; ");
  // Not the address: what is no path may be a URL with a login.
  throw new InputError(`store address is wrong: the path ${reason}`, [{ path: ["store"], reason }]);
}
