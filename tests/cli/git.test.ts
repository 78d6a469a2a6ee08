import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { isCommittable } from "../../cli/git";

describe("asking git whether a file would be committed", () => {
  let folder: string;
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, stdio: "pipe" });
  const file = (name: string) => join(folder, name);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "git-"));
    git("init", "--quiet");
    git("config", "user.name", "a");
    git("config", "user.email", "a@example.com");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("tells what is ignored, and what is not", async () => {
    writeFileSync(file(".gitignore"), "ignored.json\n");
    expect(await isCommittable(file("ignored.json"))).to.equal(false);
    expect(await isCommittable(file("connections.json"))).to.equal(true);
  });

  it("says no where there is no repository", async () => {
    rmSync(file(".git"), { recursive: true });
    expect(await isCommittable(file("connections.json"))).to.equal(false);
  });

  /** A program that the repository's configuration names. @returns where it leaves its mark. */
  function trap(name: string): { program: string; mark: string } {
    const [program, mark] = [file(`${name}.sh`), file(`${name}.ran`)];
    writeFileSync(program, `#!/bin/sh\ntouch '${mark}'\nexit 1\n`);
    chmodSync(program, 0o755);
    return { program, mark };
  }

  it("starts no program that the repository names as its monitor, pager or hook", async () => {
    writeFileSync(file("tracked"), "");
    git("add", "tracked");
    git("commit", "--quiet", "-m", "a");
    const traps = ["core.fsmonitor", "core.pager", "pager.check-ignore", "core.sshCommand", "core.hooksPath"].map(
      (setting) => ({ setting, ...trap(setting) }),
    );
    for (const { setting, program } of traps) git("config", setting, program);
    expect(await isCommittable(file("connections.json"))).to.equal(true);
    for (const { setting, mark } of traps) expect(existsSync(mark), setting).to.equal(false);
    // The trap works: any other command of git runs it.
    git("status");
    expect(existsSync(file("core.fsmonitor.ran"))).to.equal(true);
  });

  it("fetches nothing that a partial clone lacks", async () => {
    const { program, mark } = trap("upload-pack");
    writeFileSync(file(".gitignore"), "connections.json\n");
    git("add", ".gitignore");
    git("commit", "--quiet", "-m", "a");
    const blob = git("rev-parse", ":.gitignore").toString().trim();
    git("update-index", "--skip-worktree", ".gitignore");
    rmSync(file(".gitignore"));
    rmSync(join(folder, ".git", "objects", blob.slice(0, 2), blob.slice(2)));
    for (const [setting, value] of [
      ["core.repositoryformatversion", "1"],
      ["extensions.partialClone", "origin"],
      ["remote.origin.promisor", "true"],
      ["remote.origin.url", folder],
      ["remote.origin.uploadpack", program],
    ] as const)
      git("config", setting, value);
    await isCommittable(file("connections.json"));
    expect(existsSync(mark)).to.equal(false);
    // The trap works: git by itself would ask the remote.
    expect(() => git("check-ignore", "connections.json")).to.throw();
    expect(existsSync(mark)).to.equal(true);
  });
});
