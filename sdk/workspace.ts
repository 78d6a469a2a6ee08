import * as pulumi from "@pulumi/pulumi";
import { checkedArgs, otherInputs } from "./arguments";
import { declare } from "./declarations";
import { providers } from "./dynamic-provider";
import { judgeNowOrLater, rememberNames } from "./known-names";
import { commonInputs, settings } from "./owner";
import { ProgramError } from "./program-error";
import { checkedOptions } from "./options";

/** Arguments of a Workspace. */
export interface WorkspaceArgs {
  /** Name in the store; by default the resource's name. Another name replaces the Workspace. */
  name?: pulumi.Input<string>;
  /**
   * Store address: `local:PATH`, `kubernetes://NAMESPACE`, `aws-sm://PREFIX`, `gcp-sm://PROJECT/PREFIX` or `vault://MOUNT/PREFIX`.
   * By default the stack's config `airflow-env:store`. Credentials come from the environment, never from here.
   */
  store?: pulumi.Input<string>;
  /**
   * Whether `airflow-env run` and `fetch` may write a Deployment's connections, secrets included, to a file for local development;
   * false by default: the command then refuses. It keeps nobody out who may read the store: that is for the store's rights.
   */
  secretsFetching?: pulumi.Input<boolean>;
  /** Take over a Workspace that another stack created. */
  adopt?: boolean;
}

/**
 * A Workspace: a Workspace resource of this program, or the name and store of one that another stack owns.
 *
 * @example
 * ```ts
 * const byName = { name: "data", store: "vault://secret/airflow" };
 * const byOutput = new pulumi.StackReference("acme/platform/prod").requireOutput("workspace");
 * ```
 */
export type WorkspaceReference = WorkspaceInput | WorkspaceOutput;

/**
 * A Workspace as an output of another stack. That is an `Output<any>`, whose type, other than its value, has no lifted
 * `name` and `store`: they are optional here.
 */
interface WorkspaceOutput extends pulumi.OutputInstance<{ name: string; store: string }> {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- any other type would refuse Output<any> or its use
  readonly name?: any;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  readonly store?: any;
}

/** A named group of Deployments and shared connections, kept in one secrets store. */
export class Workspace extends pulumi.dynamic.Resource {
  declare readonly name: pulumi.Output<string>;
  declare readonly store: pulumi.Output<string>;
  declare readonly secretsFetching: pulumi.Output<boolean | undefined>;
  /** Random id of this Workspace, the same in every copy of its store. */
  declare readonly uid: pulumi.Output<string>;

  constructor(name: string, given: WorkspaceArgs = {}, opts?: pulumi.CustomResourceOptions) {
    const args = checkedArgs(`Workspace "${name}"`, given);
    const store = args.store ?? settings().store;
    if (store === undefined)
      throw new ProgramError(
        `Workspace "${name}": store is missing; pass one, or run: pulumi config set airflow-env:store local:.airflow-env`,
      );
    const workspaceName = args.name ?? name;
    const declared = judgeNowOrLater<{ workspace: string }>({ workspace: workspaceName }, ({ workspace }) =>
      declare({ kind: "workspace", resource: name, workspace }),
    );
    super(
      providers.workspace,
      name,
      {
        ...commonInputs(name, args.adopt, declared),
        name: workspaceName,
        store,
        ...(args.secretsFetching !== undefined && { secretsFetching: args.secretsFetching }),
        ...otherInputs(args, ["name", "store", "secretsFetching", "adopt"]),
        uid: undefined,
      },
      checkedOptions(`Workspace "${name}"`, opts),
      "airflow",
      "Workspace",
    );
    rememberNames(this, { workspace: typeof workspaceName === "string" ? workspaceName : undefined });
  }
}

/** Name and store of a Workspace, however it was given. */
export interface WorkspaceInput {
  name: pulumi.Input<string>;
  store: pulumi.Input<string>;
}

/**
 * The inputs that point at a Workspace. The first look at the reference: a program without type checks may give something
 * else.
 *
 * @param what - for the error, such as `connection "warehouse"`.
 * @throws ProgramError naming the resource and what is expected.
 */
export function workspaceInput(reference: WorkspaceReference | undefined, what: string): WorkspaceInput {
  const given: unknown = reference;
  const problem = isWorkspaceLike(given) ? undefined : whatIsWrong(given);
  if (reference === undefined || problem !== undefined)
    throw new ProgramError(`${what}: workspace: ${problem}; pass a Workspace, or { name, store } of one`);
  return { name: reference.name as pulumi.Input<string>, store: reference.store as pulumi.Input<string> };
}

function isWorkspaceLike(given: unknown): boolean {
  if (typeof given !== "object" || given === null) return false;
  return pulumi.Output.isInstance(given) || ("name" in given && "store" in given);
}

function whatIsWrong(given: unknown): string {
  if (given === undefined || given === null) return "is missing";
  if (typeof given === "string") return "a name alone does not say in which store";
  return "is no Workspace";
}
