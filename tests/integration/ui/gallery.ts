import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { targetsOfThisProcess } from "../../../provider/context";
import { encodeDocument } from "../../../provider/environment/codec";
import type { Document, SharedDocument } from "../../../provider/environment/documents";
import { documentKeys } from "../../../provider/environment/keys";
import { metadataOf } from "../../../provider/environment/metadata";
import { Projector } from "../../../provider/projection/projector";
import { ABSENT, type SecretsStore } from "../../../provider/stores/store";
import { WorkspaceStore } from "../../../provider/workspace/workspace-store";
import { CANARY } from "../../cli/harness";

const PLATFORM = "acme/platform/prod";
const TEAM = "acme/analytics/prod";
const DEPLOYMENTS = ["analytics", "dev", "prod", "staging"];

type Piece = Record<string, object>;

/** An object of the platform's stack; links and Overrides are the team's. */
function shared(
  kind: string,
  id: string,
  base: object,
  more: Partial<SharedDocument> & { link?: Piece; own?: Piece } = {},
) {
  const { link = {}, own = {}, ...rest } = more;
  const pieces = (of: Piece, name: string) =>
    Object.fromEntries(
      Object.entries(of).map(([to, fields]) => [to, { owner: `${TEAM}::${id}-${to}`, [name]: fields }]),
    );
  return {
    kind,
    id,
    owner: `${PLATFORM}::${id}`,
    base,
    sharing: "Restricted",
    exclude: [],
    links: pieces(link, "overrides"),
    overrides: pieces(own, "fields"),
    ...rest,
  } as SharedDocument;
}

/** A Workspace that has something of everything; its targets are folders below `folder`. */
function documents(folder: string): [string, Document][] {
  const password = CANARY;
  const all = { sharing: "LinkedToAll" } as const;
  const connections = [
    shared(
      "connection",
      "warehouse",
      { connType: "postgres", host: "db.internal", login: "etl", password, port: 5432, extra: { sslmode: "require" } },
      {
        link: { prod: { host: "db.prod" }, staging: {}, analytics: {} },
        own: { prod: { login: "etl_prod" } },
      },
    ),
    shared(
      "connection",
      "snowflake_default",
      { connType: "snowflake", login: "airflow", password, extra: { account: "acme" } },
      { link: { prod: {}, analytics: { schema: "MARTS" } } },
    ),
    shared("connection", "alerts", { connType: "slackwebhook", password }, { ...all, exclude: ["dev"] }),
    shared(
      "connection",
      "lake",
      { connType: "aws", login: "key", password, extra: { region_name: "eu-central-1" } },
      all,
    ),
    shared(
      "connection",
      "api",
      { connType: "http", host: "api.internal" },
      { ...all, own: { dev: { host: "localhost" } } },
    ),
    shared("connection", "api", { connType: "http", host: "api.staging" }, { deployment: "staging" }),
    shared("connection", "scratch", { connType: "sqlite", host: "scratch.db" }, { deployment: "dev" }),
    shared("connection", "kafka", { connType: "kafka", extra: { "bootstrap.servers": "kafka:9092" } }),
    shared("variable", "threshold", { value: "5" }, { ...all, own: { prod: { value: "9" } } }),
  ];
  return [
    [
      documentKeys.workspace("data"),
      {
        kind: "workspace",
        name: "data",
        uid: "uid-1",
        owner: `${PLATFORM}::data`,
        fingerprintKey: CANARY,
        secretsFetching: false,
      },
    ],
    ...DEPLOYMENTS.map((name): [string, Document] => [
      documentKeys.deployment("data", name),
      {
        kind: "deployment",
        name,
        owner: `${name === "analytics" ? TEAM : PLATFORM}::${name}`,
        target: { directory: { path: join(folder, name) } },
        airflowVersion: name === "prod" ? "2.11.2" : "3.3.2",
        ...(name === "analytics" && {
          providers: ["apache-airflow-providers-amazon", "apache-airflow-providers-postgres"],
        }),
        ...(name === "dev" && { secretsFetching: true }),
      },
    ]),
    ...connections.map((document): [string, Document] => [
      documentKeys.object("data", { collection: `${document.kind}s` }, document.id, document.deployment),
      document,
    ]),
  ];
}

/** The documents in a store, and targets of which prod's was edited by hand. */
export class Gallery {
  readonly folder = mkdtempSync(join(tmpdir(), "airflow-env-gallery-"));

  async fill(store: SecretsStore): Promise<void> {
    for (const [key, document] of documents(this.folder))
      await store.put(key, encodeDocument(document), metadataOf(document), ABSENT);
    const read = new WorkspaceStore("data", store);
    await read.snapshot();
    await new Projector(read, targetsOfThisProcess()).projectAll(["analytics", "dev", "prod"]);
    const file = join(this.folder, "prod", "connections.json");
    writeFileSync(file, readFileSync(file, "utf8").replace("api.internal", "elsewhere.example"));
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
