import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, writeFileSync, mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

const PROGRAM = join(__dirname, "program");
const PASSPHRASE = "integration-passphrase";

/** Passphrase of the local stores of all stacks. */
export const STORE_PASSPHRASE = "store-passphrase";

/** A resource of the test program; see program/index.js for the `$…` values. */
export interface ResourceSpec {
  kind: "workspace" | "deployment" | "connection" | "link" | "override" | "variable" | "variableLink";
  name: string;
  args: Record<string, unknown>;
  opts?: Record<string, unknown>;
}

/** What one `pulumi` command did. */
export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
  /** Both, for messages and scans. */
  output: string;
}

/** One step of `pulumi preview --json` that is not `same`. */
export interface PreviewStep {
  op: string;
  /** Resource name. */
  name: string;
  newInputs: Record<string, unknown>;
  oldInputs: Record<string, unknown>;
  replaceReasons?: string[];
  /** By path; only a plugin gives one. */
  detailedDiff?: Record<string, { kind: string }>;
}

/** One Pulumi home and file backend; several stacks may share it. */
export class Engine {
  readonly root = mkdtempSync(join(tmpdir(), "airflow-env-engine-"));
  /** All output of all commands, for the canary scan. */
  readonly transcript: string[] = [];
  /** Command lines of all processes of these commands, sampled while they ran. */
  readonly processArguments: string[] = [];

  constructor(
    private readonly pulumi: string,
    private readonly path: string,
    private readonly guard: (child: ChildProcess) => () => void,
  ) {}

  static async create(): Promise<Engine> {
    const { ensurePulumi } = await import("../../tools/toolchain.mjs");
    const { guardProcess } = await import("../../tools/processes/guard.mjs");
    const tool = await ensurePulumi();
    return new Engine(tool.pulumi, tool.env.PATH, guardProcess);
  }

  /** Creates a stack; each project has a folder of its own. */
  async stack(project: string, env: Record<string, string> = {}, name = "test"): Promise<Stack> {
    const folder = join(this.root, project);
    mkdirSync(folder, { recursive: true });
    const main = relative(folder, PROGRAM);
    writeFileSync(join(folder, "Pulumi.yaml"), `name: ${project}\nruntime: nodejs\nmain: ${main}/index.js\n`);
    return this.stackIn(folder, name, env);
  }

  /** Creates a stack of the program in a folder. */
  async stackIn(folder: string, name: string, env: Record<string, string> = {}): Promise<Stack> {
    mkdirSync(join(this.root, "state"), { recursive: true });
    const stack = new Stack(this, folder, name, env);
    await stack.expectOk(["stack", "init", name]);
    return stack;
  }

  environment(extra: Record<string, string>): NodeJS.ProcessEnv {
    return {
      PATH: this.path,
      HOME: this.root,
      LANG: "C.UTF-8",
      PULUMI_HOME: join(this.root, "home"),
      // A kill between creating and filling the file beside the state that holds its metadata makes the state unreadable.
      PULUMI_BACKEND_URL: `file://${join(this.root, "state")}?metadata=skip`,
      PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      AIRFLOW_ENV_PASSPHRASE: STORE_PASSPHRASE,
      NO_COLOR: "1",
      ...extra,
    };
  }

  start(folder: string, args: string[], env: Record<string, string>): ChildProcess {
    const child = spawn(this.pulumi, [...args, "--non-interactive", "--color", "never"], {
      cwd: folder,
      env: this.environment(env),
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    // A killed test run must not leave an engine at work.
    child.on("close", this.guard(child));
    return child;
  }

  /** Remembers the command lines of a session: the engine gives its plugins process groups of their own. */
  sampleProcessArguments(session: number | undefined): void {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        if (Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[3]) !== session) continue;
        this.processArguments.push(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
      } catch (error) {
        // A process may end between the listing and the reading.
        if (!["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
      }
    }
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** One stack with the test program. */
export class Stack {
  resources: ResourceSpec[] = [];

  constructor(
    readonly engine: Engine,
    readonly folder: string,
    readonly name: string,
    readonly env: Record<string, string>,
  ) {}

  /** Runs one command on this stack. `env` is added to the stack's own. */
  run(args: string[], { input = "", env = {} }: { input?: string; env?: Record<string, string> } = {}) {
    const spec = this.specFile();
    writeFileSync(spec, JSON.stringify({ resources: this.resources }));
    const onStack = args[0] === "stack" ? args : [...args, "--stack", this.name];
    const child = this.engine.start(this.folder, onStack, { ...this.env, ...env, AIRFLOW_ENV_TEST_SPEC: spec });
    child.stdin?.end(input);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => err.push(chunk));
    const sampling = setInterval(() => this.engine.sampleProcessArguments(child.pid), 500);
    return new Promise<CommandResult>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => {
        clearInterval(sampling);
        const [stdout, stderr] = [Buffer.concat(out).toString(), Buffer.concat(err).toString()];
        this.engine.transcript.push(stdout, stderr);
        resolve({ code, stdout, stderr, output: stdout + stderr });
      });
    });
  }

  async expectOk(args: string[]): Promise<CommandResult> {
    const result = await this.run(args);
    if (result.code !== 0) throw new Error(`pulumi ${args.join(" ")} failed (${result.code}):\n${result.output}`);
    return result;
  }

  async expectFailure(args: string[]): Promise<CommandResult> {
    const result = await this.run(args);
    if (result.code === 0) throw new Error(`pulumi ${args.join(" ")} succeeded:\n${result.output}`);
    return result;
  }

  up(...flags: string[]): Promise<CommandResult> {
    return this.expectOk(["up", "--yes", "--skip-preview", ...flags]);
  }

  destroy(...flags: string[]): Promise<CommandResult> {
    return this.expectOk(["destroy", "--yes", "--skip-preview", ...flags]);
  }

  /** Sets a secret through standard input: command lines are visible to everybody. */
  async setSecret(key: string, value: string): Promise<void> {
    const { code, output } = await this.run(["config", "set", "--secret", key], { input: value });
    if (code !== 0) throw new Error(`pulumi config set failed (${code}):\n${output}`);
  }

  /** The steps of a preview that change something. */
  async preview(...flags: string[]): Promise<PreviewStep[]> {
    return stepsOf((await this.expectOk(["preview", "--json", ...flags])).stdout);
  }

  /** The test's description of the program. */
  specFile(): string {
    return join(this.folder, `spec-${this.name}.json`);
  }

  /** The stored state, as the file backend keeps it. */
  stateFile(): string {
    const project = this.folder.split("/").at(-1) ?? "";
    return join(this.engine.root, "state", ".pulumi", "stacks", project, `${this.name}.json`);
  }

  readState(): { checkpoint: { latest: { resources?: { urn: string; type: string }[] } } } {
    return JSON.parse(readFileSync(this.stateFile(), "utf8")) as never;
  }
}

/** The steps of what `pulumi preview --json` printed that change something. */
export function stepsOf(stdout: string): PreviewStep[] {
  const parsed = JSON.parse(stdout.slice(stdout.indexOf("{"))) as {
    steps: {
      op: string;
      urn: string;
      oldState?: { inputs?: Record<string, unknown> };
      newState?: { inputs?: Record<string, unknown> };
      replaceReasons?: string[];
      detailedDiff?: PreviewStep["detailedDiff"];
    }[];
  };
  return parsed.steps
    .filter(({ op }) => !["same", "read", "refresh"].includes(op))
    .map(({ op, urn, oldState, newState, replaceReasons, detailedDiff }) => ({
      op,
      name: urn.split("::").at(-1) ?? urn,
      newInputs: newState?.inputs ?? {},
      oldInputs: oldState?.inputs ?? {},
      ...(replaceReasons && { replaceReasons }),
      ...(detailedDiff && { detailedDiff }),
    }));
}
