import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { canary } from "../canary";
import type { Cluster, SecretObject } from "../cluster";
import { connection, deployment, link, override, workspace } from "../declarations";
import type { Engine, ResourceSpec, Stack } from "../engine";

/** Namespaces of the fixture's Deployments. */
export const NAMESPACES = ["prod", "dev"];

/** Values of the fixture's secrets. */
export const PASSWORD = canary("upgrade");
const TOKEN = canary("token");
export const SECRETS = [PASSWORD, TOKEN];

/** Environment that the fixture's program refers to. */
const ENVIRONMENT = { UPGRADE_TOKEN: TOKEN };

export const BUILDS = join(__dirname, "builds");

/** In the home folder, which is the engine's own: states hold no path of the machine that made them. */
const STORE = "store";

/** Every kind of resource, with every way of passing a value. A later build must read what this one has made of it. */
export function program(): ResourceSpec[] {
  return [
    workspace(`local:~/${STORE}`),
    deployment("prod", { airflowVersion: "3.1.8", providers: ["apache-airflow-providers-postgres"] }),
    deployment("dev"),
    connection("warehouse", {
      password: "$canary",
      port: 5432,
      extra: { sslmode: "require", api_key: "$canary", nested: { a: [1, null] } },
    }),
    connection("alerts", {
      connType: "http",
      sharing: "LinkedToAll",
      exclude: ["dev"],
      password: "$env:UPGRADE_TOKEN",
    }),
    connection("own", { workspace: undefined, deployment: "$deployment:dev", connType: "http" }),
    link("warehouse", "prod", { overrides: { host: "db.prod", extra: { sslmode: null } } }),
    link("warehouse", "dev"),
    override("warehouse", "prod", { login: "etl_prod", port: null }),
  ];
}

/** What an Airflow reads of it, by namespace. */
export const EXPECTED = {
  prod: {
    alerts: { conn_type: "http", host: "alerts.internal", password: TOKEN },
    warehouse: {
      conn_type: "postgres",
      host: "db.prod",
      login: "etl_prod",
      password: PASSWORD,
      extra: { api_key: PASSWORD, nested: { a: [1, null] } },
    },
  },
  dev: {
    own: { conn_type: "http", host: "own.internal" },
    warehouse: {
      conn_type: "postgres",
      host: "warehouse.internal",
      password: PASSWORD,
      port: 5432,
      extra: { sslmode: "require", api_key: PASSWORD, nested: { a: [1, null] } },
    },
  },
};

/** A stack of the fixture's name with its configuration; its owner marks depend on both names. */
export async function upgradeStack(engine: Engine, cluster: Cluster): Promise<Stack> {
  const stack = await engine.stack("upgrade", { ...cluster.env, ...ENVIRONMENT });
  await stack.setSecret("upgrade:canary", PASSWORD);
  stack.resources = program();
  return stack;
}

/** Folders of all builds that have left a fixture. */
export function builds(): string[] {
  return readdirSync(BUILDS);
}

/** Keeps what a stack has made, as `builds` gives it. */
export async function save(build: string, stack: Stack, cluster: Cluster): Promise<void> {
  const folder = join(BUILDS, build);
  mkdirSync(folder, { recursive: true });
  const { stdout } = await stack.expectOk(["stack", "export", "--stack", stack.name]);
  writeFileSync(join(folder, "state.json"), withoutSources(stdout));
  cpSync(join(stack.engine.root, STORE), join(folder, STORE), { recursive: true });
  const secrets = await Promise.all(NAMESPACES.map((namespace) => cluster.secret(namespace)));
  writeFileSync(join(folder, "secrets.json"), JSON.stringify(secrets.map((secret) => secret && withoutServer(secret))));
}

/** Puts a stack, its store and its Secrets where that build has left them. */
export async function restore(build: string, stack: Stack, cluster: Cluster): Promise<void> {
  const folder = join(BUILDS, build);
  await stack.expectOk(["stack", "import", "--stack", stack.name, "--file", join(folder, "state.json")]);
  cpSync(join(folder, STORE), join(stack.engine.root, STORE), { recursive: true });
  const secrets = JSON.parse(readFileSync(join(folder, "secrets.json"), "utf8")) as SecretObject[];
  for (const [at, secret] of secrets.entries()) {
    const url = `/api/v1/namespaces/${NAMESPACES[at]}/secrets`;
    const { status } = await cluster.kube.request("POST", url, secret);
    if (status !== 201) throw new Error(`${url}: ${status}`);
  }
}

/** Where in which checkout a resource was declared is of no use to another machine. */
function withoutSources(state: string): string {
  return JSON.stringify(JSON.parse(state), (key, value: unknown) =>
    ["sourcePosition", "stackTrace"].includes(key) ? undefined : value,
  );
}

function withoutServer({ metadata: { name, labels, annotations }, data, type }: SecretObject) {
  return { metadata: { name, labels, annotations }, data, type };
}
