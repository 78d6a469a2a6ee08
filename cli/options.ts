import { Option } from "commander";

/** What `airflow-env.yaml` and the environment can say instead of a flag. */
export type Setting = "store" | "workspace" | "deployment";

/** A flag that is filled in before the verb runs, when it is not given; see `settings.ts`. */
export class SettingOption extends Option {
  constructor(
    readonly setting: Setting,
    flags: string,
    description: string,
    /** Whether the verb can do without it. */
    readonly isOptional = false,
  ) {
    super(flags, description);
    this.env(`AIRFLOW_ENV_${setting.toUpperCase()}`);
  }
}

/** The store of a verb that works on one. */
export function storeOption(): SettingOption {
  return new SettingOption("store", "--store <address>", "address of the store, such as local:.airflow-env");
}

/** The Workspace of a verb that works on one, declared yet or not. */
export function workspaceOption(): SettingOption {
  return new SettingOption("workspace", "--workspace <name>", "name of the Workspace");
}

/** The Workspace of a verb that reads one: where the store has only one, that is meant. */
export function onlyWorkspaceOption(): SettingOption {
  return new SettingOption("workspace", "--workspace <name>", "name of the Workspace (default: the only one)", true);
}

/** The Deployment of a verb that works on one. */
export function deploymentOption(): SettingOption {
  return new SettingOption("deployment", "--deployment <name>", "name of the Deployment");
}

/** Machine-readable results on standard output; failures too, as `{"error": {"code", "message"}}`. */
export function jsonOption(): Option {
  return new Option("--json", "print the result, or the failure, as one line of JSON");
}

/** The end of a help text. */
export function examples(lines: string[], note?: string): string {
  return ["", "Examples:", ...lines.map((line) => `  $ ${line}`), ...(note === undefined ? [] : ["", note])].join("\n");
}
