// @ts-check
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { run } from "../tools/processes/run.mjs";
import { root } from "../tools/setup.mjs";
import { ensurePulumi } from "../tools/toolchain.mjs";
import { temporaryDirectory } from "../tools/servers/server-process.mjs";

/** The longest single `pulumi` command; a hung one must not hang the benchmark. */
const timeoutMs = 30 * 60_000;

/** @typedef {{ connections: number, deployments: number, revision?: number, target?: "kubernetes" | "directory", order?: "deployments" | "connections", links?: "all" | "explicit", store?: string, package?: keyof typeof plugins }} Spec */

/** Native providers by the name of their package, as the folder of a project has them. */
const plugins = {
  "airflow-env": "dist/provider/plugin/main.js",
  "bench-floor": "bench/programs/plugin/floor-provider.cjs",
};

/**
 * A Pulumi of its own: home, file backend, stacks, in a temporary folder.
 *
 * @param {Record<string, string>} env for all commands, for example KUBECONFIG
 */
export async function startPulumi(env = {}) {
  const tool = await ensurePulumi();
  const folder = await temporaryDirectory("bench");
  mkdirSync(join(folder.path, "state"));
  return {
    /**
     * A stack of one of the programs in bench/programs.
     *
     * @param {string} project @param {"ours" | "floor" | "naive" | "plugin"} program @param {Spec} spec
     * @param {string} [checkout] whose program and package it is; this one's by default
     */
    async stack(project, program, spec, checkout = root) {
      const main = join(checkout, "bench", "programs", program, "index.js");
      const stack = new Stack(folder.path, project, main, tool, env, spec);
      await stack.pulumi(["stack", "init", "bench"]);
      return stack;
    },
    remove: () => folder.remove(),
  };
}

/** One stack. */
class Stack {
  /** @type {Spec} */
  spec;

  /**
   * @param {string} home @param {string} project @param {string} main path of the program
   * @param {import("../tools/toolchain.mjs").PulumiTool} tool @param {Record<string, string>} env @param {Spec} spec
   */
  constructor(home, project, main, tool, env, spec) {
    this.home = home;
    this.project = project;
    this.tool = tool;
    this.env = env;
    this.spec = spec;
    this.folder = join(home, project);
    mkdirSync(this.folder);
    const path = relative(this.folder, main);
    const plugin = spec.package ? this.#withPlugin(spec.package) : "";
    writeFileSync(join(this.folder, "Pulumi.yaml"), `name: ${project}\nruntime: nodejs\nmain: ${path}\n${plugin}`);
  }

  /** @param {keyof typeof plugins} name @returns {string} what the project's file says of it */
  #withPlugin(name) {
    const folder = join(this.folder, "plugin");
    mkdirSync(folder);
    const script = `#!/bin/sh\nexec node "${join(root, plugins[name])}" "$@"\n`;
    writeFileSync(join(folder, `pulumi-resource-${name}`), script, { mode: 0o755 });
    return `plugins:\n  providers:\n    - name: ${name}\n      path: plugin\n`;
  }

  /** @param {string[]} args @param {Record<string, string>} [env] */
  async pulumi(args, env = {}) {
    const spec = {
      revision: 0,
      target: "directory",
      order: "deployments",
      links: "all",
      store: `local:${join(this.folder, "store")}`,
      folder: this.folder,
      ...this.spec,
    };
    return run(this.tool.pulumi, [...args, "--non-interactive", "--color", "never"], {
      cwd: this.folder,
      timeoutMs,
      env: {
        ...this.tool.env,
        HOME: this.home,
        LANG: "C.UTF-8",
        PULUMI_HOME: join(this.home, "home"),
        PULUMI_BACKEND_URL: `file://${join(this.home, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "bench",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        BENCH_SPEC: JSON.stringify(spec),
        ...this.env,
        ...env,
      },
    });
  }

  /** @param {Record<string, string>} [env] */
  up(env) {
    return this.pulumi(["up", "--yes", "--skip-preview", "--suppress-outputs"], env);
  }

  /** @param {Record<string, string>} [env] */
  preview(env) {
    return this.pulumi(["preview", "--suppress-outputs"], env);
  }

  /** @param {Record<string, string>} [env] */
  destroy(env) {
    return this.pulumi(["destroy", "--yes", "--skip-preview"], env);
  }

  /** Resources in the state, without the stack itself, and the size of the state file. */
  state() {
    const file = join(this.home, "state", ".pulumi", "stacks", this.project, "bench.json");
    const { resources = [] } = JSON.parse(readFileSync(file, "utf8")).checkpoint.latest;
    const own = resources.filter((/** @type {{ type: string }} */ { type }) => !type.startsWith("pulumi:"));
    return { resources: own.length, bytes: statSync(file).size };
  }

  /** Size of what `pulumi stack export` prints, indented as Pulumi does. */
  async exportBytes() {
    return Buffer.byteLength(await this.pulumi(["stack", "export", "--stack", "bench"]));
  }
}
