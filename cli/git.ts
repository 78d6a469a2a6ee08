import { spawn } from "node:child_process";
import { basename, dirname, resolve } from "node:path";

/** Exit code of `git check-ignore` for a file of a repository that is not ignored; 128 = no repository. */
const NOT_IGNORED = 1;

/**
 * A repository's own configuration may name programs, and this only asks a question: no monitor, no hook, no pager, no
 * fetch of what a partial clone lacks, and no bare repository that lies inside a checkout.
 */
const QUIETLY = [
  "--no-pager",
  ...["core.fsmonitor=", "core.hooksPath=/dev/null", "protocol.allow=never", "safe.bareRepository=explicit"].flatMap(
    (setting) => ["-c", setting],
  ),
];
const QUIET_ENVIRONMENT = { GIT_OPTIONAL_LOCKS: "0", GIT_NO_LAZY_FETCH: "1", GIT_TERMINAL_PROMPT: "0" };

/** Whether the next `git add .` would take the file along; false when there is no git. */
export function isCommittable(path: string): Promise<boolean> {
  const file = resolve(path);
  return new Promise((done) => {
    const git = spawn("git", [...QUIETLY, "check-ignore", "--quiet", "--", basename(file)], {
      cwd: dirname(file),
      env: { ...process.env, ...QUIET_ENVIRONMENT },
      stdio: "ignore",
    });
    git.on("error", () => done(false));
    git.on("close", (code) => done(code === NOT_IGNORED));
  });
}
