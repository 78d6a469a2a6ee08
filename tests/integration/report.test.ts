import { expect } from "chai";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { canary, scanForCanary } from "./canary";
import { connection, deployment, link, override, variable, workspace } from "./declarations";
import { Engine, type ResourceSpec, type Stack } from "./engine";

const EXAMPLE = resolve(__dirname, "../../examples/pr-preview");
const CLI = resolve(__dirname, "../../dist/cli/main.js");
const PASSWORD = canary("report");
const start = promisify(execFile);

describe("the comment of a pull request, from a real preview", () => {
  const folder = mkdtempSync(join(tmpdir(), "airflow-env-report-"));
  const store = `local:${join(folder, "store")}`;
  const comment = join(folder, "comment.md");
  let engine: Engine;
  let stack: Stack;

  before(async () => {
    engine = await Engine.create();
    stack = await engine.stack("report");
    await stack.setSecret("report:canary", PASSWORD);
    // As an installed package has it.
    mkdirSync(join(stack.folder, "node_modules/.bin"), { recursive: true });
    const bin = join(stack.folder, "node_modules/.bin/airflow-env");
    writeFileSync(bin, `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`, { mode: 0o755 });
    stack.resources = program("db", "$canary");
    await stack.up();
  });

  after(() => {
    engine?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const program = (host: string, password: string, ...more: ResourceSpec[]): ResourceSpec[] => [
    workspace(store),
    ...["dev", "prod"].map((name) =>
      deployment(name, { target: { directory: { path: join(folder, name) } }, providers: [] }),
    ),
    connection("warehouse", { host, password }),
    link("warehouse", "dev"),
    link("warehouse", "prod", { overrides: { host: "db.prod" } }),
    override("warehouse", "prod", { login: "etl_prod" }),
    ...more,
  ];
  const alerts = connection("alerts", { connType: "http", host: "alerts", sharing: "LinkedToAll" });

  /** The script of the example, as the workflows run it. */
  async function preview(rules: string): Promise<number> {
    const spec = stack.specFile();
    writeFileSync(spec, JSON.stringify({ resources: stack.resources }));
    const env = engine.environment({ AIRFLOW_ENV_STORE: store, AIRFLOW_ENV_TEST_SPEC: spec });
    try {
      const { stdout, stderr } = await start(join(EXAMPLE, "preview.sh"), [stack.name, comment, rules], {
        cwd: stack.folder,
        env,
      });
      engine.transcript.push(stdout, stderr);
      return 0;
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      engine.transcript.push(stdout, stderr);
      return code;
    }
  }
  const written = () => readFileSync(comment, "utf8");

  /** A saved plan, beside the state, says what the preview said. */
  async function expectSameOfPlan(): Promise<void> {
    const [plan, state] = [join(folder, "plan.json"), join(folder, "state.json")];
    await stack.expectOk(["preview", "--save-plan", plan]);
    await stack.expectOk(["stack", "export", "--file", state]);
    const args = [CLI, "report", plan, "--state", state, "--store", store];
    const { stdout } = await start(process.execPath, args, { env: engine.environment({}) });
    expect(stdout.split("\n")).to.include.members(
      written()
        .split("\n")
        .filter((line) => !line.startsWith("> ")),
    );
  }

  it("says nothing changes where nothing does", async () => {
    expect(await preview("delete")).to.equal(0);
    expect(written()).to.contain("Workspace `data`: no Deployment is affected");
  });

  it("names whom a change reaches, by field, and what each lacks for it", async () => {
    const region = variable("region", { value: { zone: 1 }, sharing: "LinkedToAll", exclude: ["dev"] });
    stack.resources = program("db2", `$secret:${PASSWORD}2`, alerts, region);
    expect(await preview("delete,missing-package-in=dev")).to.equal(3);
    expect(written())
      .to.contain("2 of 2 Deployments affected")
      .and.contain("#### `dev` (changed)\n\n- added connection `alerts` (http)\n- changed connection `warehouse`")
      .and.contain("(postgres): `host`, `password`\n")
      .and.contain("- changed connection `warehouse` (postgres): `password`\n")
      .and.contain("- connection `alerts` (added): 2 of 2, and every later one")
      .and.contain("apache-airflow-providers-http")
      .and.not.contain("canary");
    await expectSameOfPlan();
    const files = () => ["dev", "prod"].map((name) => readFileSync(join(folder, name, "connections.json"), "utf8"));
    const before = files();
    await stack.up();
    files().forEach((text, at) => expect(text).to.not.equal(before[at]));
  });

  it("begins with what is deleted in prod, and fails where that is not to be", async () => {
    stack.resources = program("db2", `$secret:${PASSWORD}2`);
    expect(await preview("delete-in=prod")).to.equal(3);
    const [, , , first] = written().split("\n");
    expect(first).to.equal("> [!CAUTION]");
    expect(written()).to.contain("> **Deletions:**\n> - `dev` loses connection `alerts` (http)\n> - `prod` loses ");
  });

  it("shows drift, and why a preview failed", async () => {
    rmSync(join(folder, "dev", "connections.json"));
    expect(await preview("drift-in=dev")).to.equal(3);
    expect(written()).to.contain("#### `dev`").and.contain("is brought back");
    stack.resources = [...stack.resources, connection("bad", { port: "abc" })];
    expect(await preview("")).to.equal(1);
    expect(written()).to.contain("the preview failed").and.contain("port");
  });

  it("keeps one note up to date on GitLab", async () => {
    const notes: { id: number; body: string }[] = [{ id: 1, body: "looks good" }];
    const server = await noteServer(notes);
    const env = {
      ...process.env,
      CI_API_V4_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v4`,
      CI_PROJECT_ID: "7",
      CI_MERGE_REQUEST_IID: "3",
      GITLAB_TOKEN: "token",
    };
    try {
      for (let time = 1; time <= 2; time++)
        await start(process.execPath, [join(EXAMPLE, "post-note.mjs"), comment], { env });
    } finally {
      server.close();
    }
    expect(notes).to.have.lengthOf(2);
    expect(notes[1]?.body).to.equal(written());
  });

  it("leaves no secret in a comment, output or file", async () => {
    const except = [stack.specFile(), ...["dev", "prod"].map((name) => join(folder, name))];
    await scanForCanary(engine, [PASSWORD, `${PASSWORD}2`], { files: [folder], except });
  });
});

/** The few calls of GitLab's notes API that the example makes. */
async function noteServer(notes: { id: number; body: string }[]): Promise<Server> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url = "", headers } = request;
      const isKnown =
        url.startsWith("/api/v4/projects/7/merge_requests/3/notes") && headers["private-token"] === "token";
      if (!isKnown) return response.writeHead(404).end();
      if (method === "GET") return response.end(JSON.stringify(notes));
      const { body } = JSON.parse(Buffer.concat(chunks).toString()) as { body: string };
      const id = Number(/\/notes\/(\d+)$/.exec(url)?.[1]);
      const found = notes.find((note) => note.id === id);
      if (found) found.body = body;
      else notes.push({ id: notes.length + 1, body });
      return response.end("{}");
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return server;
}
