import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { run } from "./harness";

describe("airflow-env completion", () => {
  /** What bash would offer at the end of a line. */
  async function offered(...words: string[]): Promise<string[]> {
    const { stdout } = await run([], ["completion", "bash"]);
    const ask = `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _airflow_env; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync("bash", ["-c", `${stdout}\n${ask}`, "bash", "airflow-env", ...words], { encoding: "utf8" })
      .trimEnd()
      .split("\n");
  }

  it("offers verbs, options and choices in bash", async () => {
    expect(await offered("")).to.include.members(["store", "fetch", "value", "completion"]);
    expect(await offered("store", "")).to.include.members(["copy", "list"]);
    expect(await offered("store", "list", "--w")).to.deep.equal(["--workspace"]);
    expect(await offered("fetch", "--deployment", "store", "--form")).to.deep.equal(["--format"]);
    expect(await offered("render", "--format", "")).to.deep.equal(["json", "env", "airflow-settings"]);
    expect(await offered("fetch", "--output", "x")).to.deep.equal([""]);
  });

  it("is had for the three shells, and for machines", async () => {
    expect((await run([], ["completion", "zsh"])).stdout)
      .to.contain("bashcompinit")
      .and.to.contain("complete -o default");
    const fish = (await run([], ["completion", "fish"])).stdout;
    expect(fish).to.contain("complete -c airflow-env -f -n '__airflow_env_at store' -a list");
    expect(fish).to.contain("-n '__airflow_env_at fetch' -l format -x -a 'json env airflow-settings'");
    expect(JSON.parse((await run([], ["completion", "bash", "--json"])).stdout).shell).to.equal("bash");
    expect((await run([], ["completion", "tcsh"])).stderr).to.contain("bash, zsh, fish");
  });
});
