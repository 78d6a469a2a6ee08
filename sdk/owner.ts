import * as pulumi from "@pulumi/pulumi";

/** `organization/project/stack::name`: who a stored piece belongs to. Handlers do not see the URN, so it is an input. */
export function ownerOf(name: string): string {
  return `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}::${name}`;
}

/** Settings of the program, from `pulumi config set airflow-env:<name>`. */
export function settings(): { store: string | undefined; liveDiff: boolean } {
  const config = new pulumi.Config("airflow-env");
  return { store: config.get("store"), liveDiff: config.getBoolean("liveDiff") ?? true };
}

/** Inputs that every resource passes on. */
export function commonInputs(name: string, adopt: boolean | undefined): Record<string, pulumi.Input<unknown>> {
  return {
    owner: ownerOf(name),
    ...(adopt !== undefined && { adopt }),
    ...(!settings().liveDiff && { liveDiff: false }),
  };
}
