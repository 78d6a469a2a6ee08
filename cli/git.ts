import { spawn } from "node:child_process";
import { basename, dirname, resolve } from "node:path";

/** Exit code of `git check-ignore` for a file of a repository that is not ignored; 128 = no repository. */
const NOT_IGNORED = 1;

/** Whether the next `git add .` would take the file along; false when there is no git. */
export function isCommittable(path: string): Promise<boolean> {
  const file = resolve(path);
  return new Promise((done) => {
    const git = spawn("git", ["check-ignore", "--quiet", "--", basename(file)], {
      cwd: dirname(file),
      stdio: "ignore",
    });
    git.on("error", () => done(false));
    git.on("close", (code) => done(code === NOT_IGNORED));
  });
}
