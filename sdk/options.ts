import type * as pulumi from "@pulumi/pulumi";
import { ProgramError } from "./program-error";

/**
 * The options of a resource, as they are.
 *
 * @param what - names the resource, such as `connection "warehouse"`.
 * @throws ProgramError for `import`: Pulumi cannot import dynamic resources, and ends in a stack of its own.
 */
export function checkedOptions(
  what: string,
  opts: pulumi.CustomResourceOptions | undefined,
): pulumi.CustomResourceOptions | undefined {
  if (opts?.import === undefined) return opts;
  throw new ProgramError(
    `${what}: Pulumi cannot import resources of this package; leave out the option import. What is in the store already is ` +
      `taken over with adopt: true; what an Airflow has comes with airflow-env import`,
  );
}
