import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { ModuleKind, ScriptTarget, transpileModule } from "typescript";
import { pythonWithSdk, writePlugin } from "./plugin-tools";

const run = promisify(execFile);
const ROOT = join(__dirname, "../..");

/** A change of a program's text. */
export type Edit = readonly [from: string, to: string];

/** The quickstart in one language, and how its users change it. */
export interface Quickstart {
  language: string;
  /** Name of the example's folder, and its program. */
  example: string;
  program: string;
  /** The other wire: neither detailed diffs nor `pulumi import`. */
  isDynamic?: true;
  /** The password from the configuration, as the comment in the program says. */
  secretPassword: Edit[];
  /** A number as the host, which is a text. */
  wrong: Edit;
  /** A field of the link of production cleared: by `clear`, where null does not arrive. */
  cleared: Edit;
  /** One more connection, and outputs of the functions. */
  more: Edit;
  /**
   * What programs in this language need.
   *
   * @param folder - where that may be put.
   * @param path - the rest of PATH.
   */
  environment(folder: string, path: string): Promise<Record<string, string>>;
  /** Makes a project of the copy. */
  installed?(project: string, folder: string): void;
  /** Makes a program that can run of one that was changed. */
  compiled?(project: string): void;
}

/** Copies an example to a project of its own. */
export function copyExample({ example }: Quickstart, project: string): void {
  cpSync(join(ROOT, "examples", example), project, { recursive: true });
}

/** Changes a program as its user would in an editor. */
export function edit(file: string, ...edits: Edit[]): void {
  let text = readFileSync(file, "utf8");
  for (const [from, to] of edits) {
    if (!text.includes(from)) throw new Error(`${file} does not contain ${JSON.stringify(from)}`);
    text = text.replace(from, () => to);
  }
  writeFileSync(file, text);
}

/** On PATH, as an npm package that is installed for all projects. */
function pathWithPlugin(folder: string, ...more: string[]): string {
  const bin = join(folder, "bin");
  writePlugin(bin);
  return [bin, ...more].join(delimiter);
}

export const typescript: Quickstart = {
  language: "TypeScript",
  example: "quickstart",
  program: "index.ts",
  isDynamic: true,
  secretPassword: [
    ["import * as airflow", 'import * as pulumi from "@pulumi/pulumi";\nimport * as airflow'],
    ['"correct-horse-battery-staple"', 'new pulumi.Config().requireSecret("warehousePassword")'],
  ],
  wrong: ['"warehouse2.internal"', "31337"],
  cleared: ['sslmode: "verify-full"', "sslmode: null"],
  more: [
    "export const workspace",
    'new airflow.Connection("shared", { workspace: data, connType: "http", host: "shared.internal" });\nexport const workspace',
  ],
  environment: () => Promise.resolve({}),
  installed(project) {
    const packages = join(project, "node_modules");
    mkdirSync(join(packages, "@pulumi"), { recursive: true });
    const links = [
      [ROOT, join(packages, "pulumi-airflow-env")],
      [join(ROOT, "node_modules/@pulumi/pulumi"), join(packages, "@pulumi/pulumi")],
    ] as const;
    for (const [target, link] of links) symlinkSync(target, link);
    writeFileSync(join(project, "Pulumi.yaml"), "name: airflow-env-typescript\nruntime: nodejs\nmain: index.js\n");
  },
  compiled(project) {
    const options = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 };
    const source = readFileSync(join(project, "index.ts"), "utf8");
    writeFileSync(join(project, "index.js"), transpileModule(source, { compilerOptions: options }).outputText);
  },
};

export const python: Quickstart = {
  language: "Python",
  example: "quickstart-python",
  program: "__main__.py",
  secretPassword: [['"correct-horse-battery-staple"', 'pulumi.Config().require_secret("warehousePassword")']],
  wrong: ['"warehouse2.internal"', "31337"],
  cleared: [
    'overrides=airflow.ConnectionValuesArgs(host="warehouse-prod.internal", extra={"sslmode": "verify-full"}),',
    'overrides=airflow.ConnectionValuesArgs(host="warehouse-prod.internal"), clear=["extra.sslmode"],',
  ],
  more: [
    'pulumi.export("workspace"',
    `airflow.Connection("shared", workspace=workspace, conn_type="http", host="shared.internal")
named = airflow.WorkspaceReferenceArgs(name="data")
seen = airflow.get_connection_output(workspace=named, conn_id="warehouse", deployment="staging")
pulumi.export("host", seen.host)
pulumi.export("received", airflow.get_effective_connections_output(workspace=named, deployment="prod").connections)
pulumi.export("connections", airflow.get_workspace_output(name="data").connections)
pulumi.export("workspace"`,
  ],
  async environment(folder, path) {
    const { env } = await pythonWithSdk(folder, path);
    return { ...env, PATH: pathWithPlugin(folder, env["PATH"] ?? "") };
  },
};

export const yaml: Quickstart = {
  language: "YAML",
  example: "quickstart-yaml",
  program: "Pulumi.yaml",
  secretPassword: [],
  wrong: ["warehouse2.internal", "31337"],
  cleared: [
    "overrides: { host: warehouse-prod.internal, extra: { sslmode: verify-full } }",
    "overrides: { host: warehouse-prod.internal }\n      clear: [extra.sslmode]",
  ],
  more: [
    "outputs:\n",
    `  shared:
    type: airflow-env:Connection
    properties: { workspace: "\${workspace}", connType: http, host: shared.internal }

outputs:
  host: { fn::invoke: { function: airflow-env:getConnection, arguments: { workspace: { name: data }, connId: warehouse, deployment: staging }, return: host } }
  received: { fn::invoke: { function: airflow-env:getEffectiveConnections, arguments: { workspace: { name: data }, deployment: prod }, return: connections } }
  connections: { fn::invoke: { function: airflow-env:getWorkspace, arguments: { name: data }, return: connections } }
`,
  ],
  async environment(folder, path) {
    const { ensurePulumiYaml } = await import("../../tools/toolchain.mjs");
    return { PATH: pathWithPlugin(folder, (await ensurePulumiYaml()).binDir, path) };
  },
};

/** What `go` needs to find what it has built and downloaded before, since tests have a home folder of their own. */
const GO_SETTINGS = ["GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE"];

/** What programs in Go need: the SDK, generated from the schema, and the settings of this machine's Go. */
export async function goWithSdk(folder: string): Promise<Record<string, string>> {
  const { writeSdk } = await import("../../tools/sdk.mjs");
  await writeSdk("go", join(folder, "sdk-go"));
  const { stdout } = await run("go", ["env", "-json", ...GO_SETTINGS]);
  const settings = JSON.parse(stdout) as Record<string, string>;
  // Without paths in what it compiles, Go has the packages of an earlier run, which lay elsewhere.
  return { ...settings, CGO_ENABLED: "0", GOFLAGS: "-trimpath -buildvcs=false -ldflags=-w" };
}

export const go: Quickstart = {
  language: "Go",
  example: "quickstart-go",
  program: "main.go",
  secretPassword: [],
  wrong: ['pulumi.String("warehouse2.internal")', "pulumi.Int(31337)"],
  cleared: [
    `			Host:  pulumi.String("warehouse-prod.internal"),
			Extra: pulumi.Map{"sslmode": pulumi.String("verify-full")},
		},`,
    `			Host: pulumi.String("warehouse-prod.internal"),
		},
		Clear: pulumi.StringArray{pulumi.String("extra.sslmode")},`,
  ],
  more: [
    'ctx.Export("workspace"',
    `if _, err := airflowenv.NewConnection(ctx, "shared", &airflowenv.ConnectionArgs{
		Workspace: workspace,
		ConnType:  pulumi.String("http"),
		Host:      pulumi.String("shared.internal"),
	}); err != nil {
		return err
	}
	named := airflowenv.WorkspaceReferenceArgs{Name: pulumi.String("data")}
	seen := airflowenv.LookupConnectionOutput(ctx, airflowenv.LookupConnectionOutputArgs{
		Workspace:  named,
		ConnId:     pulumi.String("warehouse"),
		Deployment: pulumi.String("staging"),
	})
	ctx.Export("host", seen.Host())
	ctx.Export("received", airflowenv.GetEffectiveConnectionsOutput(ctx, airflowenv.GetEffectiveConnectionsOutputArgs{
		Workspace:  named,
		Deployment: pulumi.String("prod"),
	}).Connections())
	ctx.Export("connections", airflowenv.LookupWorkspaceOutput(ctx, airflowenv.LookupWorkspaceOutputArgs{
		Name: pulumi.String("data"),
	}).Connections())
	ctx.Export("workspace"`,
  ],
  async environment(folder, path) {
    const { ensurePulumiGo } = await import("../../tools/toolchain.mjs");
    return { ...(await goWithSdk(folder)), PATH: pathWithPlugin(folder, (await ensurePulumiGo()).binDir, path) };
  },
  installed(project, folder) {
    edit(join(project, "go.mod"), ["../../sdk-go", join(folder, "sdk-go")]);
  },
};
