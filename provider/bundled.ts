import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";

/**
 * Loads a vendor's client: the one file that tools/bundle-clients.mjs makes of it, which is all that users install, or
 * without a build, as in the unit tests, the package itself.
 *
 * @param file - full path of the bundle, which exports what `load` does.
 */
export async function bundled<T>(file: string, load: () => Promise<T>): Promise<T> {
  if (!existsSync(file)) return load();
  return (await import(pathToFileURL(file).href)) as T;
}
