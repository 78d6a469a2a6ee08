import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { StoreUnavailableError } from "../../provider/errors";
import { CANARY, fill, namedStore, run, sampleDocuments } from "./harness";

const VERBS = [
  ["store", "copy"],
  ["store", "list"],
  ["value", "set"],
  ["value", "remove"],
  ["value", "list"],
  ["fetch"],
  ["completion"],
  ["list"],
  ["show"],
  ["diff"],
  ["sync"],
  ["run"],
  ["import"],
  ["version"],
];

describe("airflow-env", () => {
  for (const verb of [[], ...VERBS]) {
    it(`explains "${["airflow-env", ...verb].join(" ")}" with examples`, async () => {
      const { code, stdout, stderr } = await run([], [...verb, "--help"]);
      expect(code).to.equal(0);
      expect(stdout).to.contain("Examples:").and.to.contain("$ airflow-env");
      expect(stderr).to.equal("");
    });
  }

  it("exits with 2 for wrong usage, and says how to get help", async () => {
    for (const args of [
      [],
      ["store"],
      ["frobnicate"],
      ["store", "copy", "a"],
      ["version", "--nope"],
      ["value", "set", "x"],
    ]) {
      const { code, stdout, stderr } = await run([], args);
      expect(code, args.join(" ")).to.equal(2);
      expect(stdout).to.equal("");
      expect(stderr).to.contain("help");
    }
  });

  it("does not repeat a value that was given on the command line by mistake", async () => {
    for (const mistake of [[CANARY], [`--value=${CANARY}`], [`--value=a'\n${CANARY}'`], [`-p${CANARY}`]]) {
      const args = ["value", "set", "x", "--store", "memory:a", "--workspace", "data", ...mistake];
      for (const json of [[], ["--json"]])
        expect((await run([namedStore("a")], [...args.slice(0, 3), ...json, ...args.slice(3)])).code).to.equal(2);
    }
    expect((await run([], ["fetch", "--json", "--format", `a'\n${CANARY}`])).code).to.equal(2);
  });

  it("prints the version of the package", async () => {
    const manifest = JSON.parse(readFileSync(join(__dirname, "../../package.json"), "utf8")) as { version: string };
    for (const way of ["version", "--version", "-V"])
      expect((await run([], [way])).stdout).to.equal(`${manifest.version}\n`);
    expect(JSON.parse((await run([], ["version", "--json"])).stdout)).to.deep.include({ version: manifest.version });
  });

  it("prints an error as one line, ours as they are and others redacted", async () => {
    const failing = (error: Error) => namedStore("a", { before: () => Promise.reject(error) });
    const list = ["store", "list", "memory:a"];
    const ours = await run([failing(new StoreUnavailableError("denied", "refused us;\n  check the role"))], list);
    expect(ours).to.deep.include({ code: 1, stderr: "error: refused us; check the role\n" });
    const foreign = await run([failing(new Error(`GET https://u:${CANARY}@host/x\nbody ${CANARY}`))], list);
    expect(foreign.code).to.equal(1);
    expect(foreign.stderr).to.equal("error: Error: GET https://********@host/x\n");
  });

  it("prints an error as JSON for machines", async () => {
    const { code, stdout } = await run([], ["store", "list", "nowhere:", "--json"]);
    expect(code).to.equal(2);
    expect(JSON.parse(stdout)).to.deep.equal({ error: { code: "input", message: '"nowhere:" is no store address' } });
  });

  it("prints wrong usage as JSON for machines too, and the text for people beside it", async () => {
    const usage: [args: string[], message: string][] = [
      [["store", "copy"], "missing required argument 'from'"],
      [["store", "list"], "which store is meant? Pass its address, or set AIRFLOW_ENV_STORE; add --help for examples"],
      [["fetch", "--deploment", "x"], "unknown option '--deploment' (Did you mean --deployment?)"],
      [
        ["fetch", "--format", "yaml"],
        "option '--format <format>' argument 'yaml' is invalid. Allowed choices are json, env, airflow-settings.",
      ],
      [
        ["value", "list"],
        "which store is meant? Pass --store, set AIRFLOW_ENV_STORE, or write store: … into airflow-env.yaml, or run in the folder " +
          "of a Pulumi project that has airflow-env:store in its configuration; add --help for examples",
      ],
      [["bogus"], "unknown command 'bogus'"],
      [["store", "lits"], "unknown command 'lits' (Did you mean list?)"],
      [["store"], "a command is missing; add --help for the commands"],
      [[], "a command is missing; add --help for the commands"],
    ];
    for (const [args, message] of usage) {
      const { code, stdout, stderr } = await run([], [...args, "--json"]);
      expect(code, args.join(" ")).to.equal(2);
      expect(stdout.trimEnd()).not.to.contain("\n");
      expect(JSON.parse(stdout)).to.deep.equal({ error: { code: "usage", message } });
      expect(stderr).to.contain("help");
    }
    expect((await run([], ["store", "list", "--help", "--json"])).stdout).not.to.contain("error");
  });

  it("uses colour on a terminal, unless NO_COLOR is set", async () => {
    const args = ["store", "list", "nowhere:"];
    expect((await run([], args, { isTerminal: true })).stderr).to.contain("\u001b[31merror:");
    const plain = await run([], args, { isTerminal: true, environment: { NO_COLOR: "1" } });
    expect(plain.stderr).to.equal('error: "nowhere:" is no store address\n');
  });

  it("loads no store, schema or table until a verb needs them", async () => {
    const store = namedStore("a");
    await fill(store, sampleDocuments());
    const { execFileSync } = await import("node:child_process");
    const probe = `require("./cli/program.ts"); console.log(Object.keys(require.cache).filter((f) => /zod|cli-table3|lmdb|stores/.test(f)).join())`;
    const loaded = execFileSync(process.execPath, ["--import", "tsx", "-e", probe], {
      cwd: join(__dirname, "../.."),
      encoding: "utf8",
    });
    expect(loaded.trim()).to.equal("");
  });
});
