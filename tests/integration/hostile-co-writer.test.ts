import { spawn } from "node:child_process";
import { expect } from "chai";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { decodeDocument, encodeDocument } from "../../provider/environment/codec";
import type { DeploymentDocument, Document, TargetSpec, WorkspaceDocument } from "../../provider/environment/documents";
import { documentKeys } from "../../provider/environment/keys";
import { ABSENT } from "../../provider/stores/store";
import { startCluster, type Cluster } from "./cluster";
import { connection, deployment, workspace } from "./declarations";
import { Engine, STORE_PASSPHRASE, type Stack } from "./engine";
import { inLocalStore } from "./world";

const ROOT = join(__dirname, "../..");
const WORKSPACE_KEY = documentKeys.workspace("data");

describe("a co-writer of the store who edits its documents", () => {
  const folder = mkdtempSync(join(tmpdir(), "airflow-env-hostile-"));
  const at = (name: string) => join(folder, name);
  const store = at("store");
  /** Where the co-writer waits for logins. */
  let listener: Server;
  let heard = 0;
  let cluster: Cluster;
  let engine: Engine;
  let stack: Stack;

  before(async () => {
    listener = createServer((socket) => {
      heard++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    cluster = await startCluster(["prod", "victim"]);
    engine = await Engine.create();
    stack = await engine.stack("platform", { ...cluster.env, ...LOGINS });
    writeKubeconfig();
    mkdirSync(at("precious"));
    writeFileSync(at("precious/connections.json"), "{}\n");
    await up("first");
  });

  after(async () => {
    await cluster?.stop();
    engine?.dispose();
    listener?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What the victim's processes could give away. */
  const LOGINS = { VAULT_TOKEN: "hvs.victim", AWS_ACCESS_KEY_ID: "AKIAVICTIM", AWS_SECRET_ACCESS_KEY: "victim" };
  const address = () => `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;

  /** Starts a program, and sends what that gives to the listener. */
  function writeKubeconfig(): void {
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      command: "touch",
      args: [at("started")],
      interactiveMode: "Never",
    };
    const config = {
      apiVersion: "v1",
      kind: "Config",
      "current-context": "provider",
      clusters: [{ name: "evil", cluster: { server: address().replace("http", "https") } }],
      users: [{ name: "evil", user: { exec } }],
      contexts: [{ name: "provider", context: { cluster: "evil", user: "evil" } }],
    };
    writeFileSync(at("kubeconfig"), JSON.stringify(config));
  }

  const program = (host: string) => [
    workspace(`local:${store}`, { secretsFetching: true }),
    deployment("prod"),
    connection("warehouse", { sharing: "LinkedToAll", host, password: "victims-password" }),
  ];

  async function up(host: string) {
    stack.resources = program(host);
    return stack.up();
  }

  async function edit<D extends Document>(key: string, change: (document: D) => D): Promise<void> {
    await inLocalStore(store, async (open) => {
      const found = await open.find(key);
      if (!found) throw new Error(`${key} is not stored`);
      const document = change(decodeDocument(key, found.text) as D);
      await open.put(key, encodeDocument(document), "{}", found.version);
    });
  }

  async function plant(name: string, target: TargetSpec): Promise<void> {
    const document: DeploymentDocument = { kind: "deployment", name, owner: "organization/team/test::x", target };
    await inLocalStore(store, (open) =>
      open.put(documentKeys.deployment("data", name), encodeDocument(document), "{}", ABSENT),
    );
  }

  /** Runs `airflow-env` as the victim does. */
  async function cli(...args: string[]): Promise<{ code: number | null; output: string }> {
    const child = spawn(process.execPath, [join(ROOT, "dist/cli/main.js"), ...args], {
      cwd: folder,
      env: {
        PATH: process.env["PATH"],
        HOME: engine.root,
        AIRFLOW_ENV_PASSPHRASE: STORE_PASSPHRASE,
        AIRFLOW_ENV_STORE: `local:${store}`,
        AIRFLOW_ENV_WORKSPACE: "data",
        ...LOGINS,
        ...cluster.env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { code, output: stdout + stderr };
  }

  async function expectNoHarm(after: string): Promise<void> {
    expect(heard, `${after}: requests to the co-writer`).to.equal(0);
    expect(existsSync(at("started")), `${after}: a program was started`).to.equal(false);
    expect(readdirSync(folder).sort(), `${after}: files`).to.deep.equal(["kubeconfig", "precious", "store"]);
    expect(readdirSync(at("precious")), after).to.deep.equal(["connections.json"]);
    const { body } = await cluster.kube.request("GET", "/api/v1/namespaces/victim/secrets");
    expect((body as { items: unknown[] }).items, `${after}: objects in another's namespace`).to.deep.equal([]);
  }

  const verbs = async () => {
    for (const args of [
      ["list"],
      ["show", "warehouse"],
      ["diff"],
      ["sync"],
      ["fetch", "--deployment", "prod", "--stdout"],
      ["run", "--deployment", "prod", "--", process.execPath, "-e", ""],
    ]) {
      const { output } = await cli(...args);
      expect(output, args.join(" ")).to.not.contain("usage");
      await expectNoHarm(`airflow-env ${args.join(" ")}`);
    }
  };

  const everything = async (host: string) => {
    stack.resources = program(host);
    for (const args of [["preview"], ["preview", "--refresh"], ["up", "--yes", "--skip-preview"]]) {
      await stack.run(args);
      await expectNoHarm(`pulumi ${args.join(" ")}`);
    }
  };

  it("chooses no place for the Deployments of others", async () => {
    await plant("by-namespace", { kubernetes: { namespace: "victim", secretName: "airflow-connections" } });
    await plant("by-backend", { kubernetesBackend: { namespace: "victim", namePrefix: "zz" } });
    await plant("by-kubeconfig", {
      kubernetes: { namespace: "prod", secretName: "evil", kubeconfig: at("kubeconfig"), context: "provider" },
    });
    await plant("by-folder", { directory: { path: at("made") } });
    await plant("by-file", { directory: { path: at("precious") } });
    await everything("second");
    expect((await cluster.connections("prod"))?.["warehouse"]).to.include({ host: "second" });
    const { body } = await cluster.kube.request("GET", "/api/v1/namespaces/prod/secrets");
    expect((body as { items: unknown[] }).items, "the victim's own").to.have.length(1);
    await verbs();
  });

  it("leads a Deployment of the victim nowhere else, a refresh included", async () => {
    const key = documentKeys.deployment("data", "prod");
    const places: TargetSpec[] = [
      { kubernetes: { namespace: "prod", secretName: "airflow-connections", kubeconfig: at("kubeconfig") } },
      { directory: { path: at("made") } },
    ];
    for (const target of places) {
      await edit<DeploymentDocument>(key, (document) => ({
        ...document,
        target,
        retired: [{ directory: { path: at("precious") } }],
      }));
      await verbs();
      await stack.run(["refresh", "--yes", "--skip-preview"]);
      await expectNoHarm("pulumi refresh");
      await everything(Object.keys(target).join());
      expect((await cluster.connections("prod"))?.["warehouse"]).to.include({ host: Object.keys(target).join() });
    }
  });

  it("sends no login to where it says that the Workspace has moved", async () => {
    const clean = (document: WorkspaceDocument): WorkspaceDocument => {
      const { movedTo: _, ...rest } = document;
      return rest;
    };
    for (const movedTo of [
      `vault://secret/x?address=${address()}`,
      `aws-sm://x?region=eu-west-1&endpoint=${address()}`,
      `kubernetes://prod?kubeconfig=${at("kubeconfig")}`,
    ]) {
      await edit<WorkspaceDocument>(WORKSPACE_KEY, (document) => ({ ...clean(document), movedTo }));
      const { output } = await stack.expectFailure(["destroy", "--yes", "--skip-preview"]);
      expect(output).to.contain("has moved from store");
      await expectNoHarm(`pulumi destroy after a move to ${movedTo}`);
    }
    await everything("third");
    await verbs();
    await edit<WorkspaceDocument>(WORKSPACE_KEY, clean);
  });

  it("leaves the victim to destroy its own, and nothing else", async () => {
    await stack.run(["destroy", "--yes", "--skip-preview"]);
    await expectNoHarm("pulumi destroy");
    expect(await cluster.connections("prod")).to.equal(undefined);
  });
});
