import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { ProviderError } from "../../provider/errors";
import { redactText } from "../../provider/redact";

/** Which stack, and where `pulumi` runs. */
export interface StackOptions {
  /** The selected one when undefined. */
  stack: string | undefined;
  workingFolder: string;
  environment: NodeJS.ProcessEnv;
}

/** Secrets that a stack's configuration has, by name without the project's. Values are in clear. */
export async function pulumiConfig(options: StackOptions): Promise<Map<string, string>> {
  const output = await pulumi(["config", "--show-secrets", "--json"], "", options);
  const content = JSON.parse(output) as Record<string, { value?: string }>;
  return new Map(Object.entries(content).map(([key, { value = "" }]) => [key.slice(key.indexOf(":") + 1), value]));
}

/** Sets one secret. Its value goes through standard input: arguments are seen by other users of the machine. */
export async function setPulumiSecret(name: string, value: string, options: StackOptions): Promise<void> {
  // Only newer releases know --raw; without it, newlines at the end are stripped.
  const raw = /[\r\n]$/.test(value) ? ["--raw"] : [];
  await pulumi(["config", "set", "--secret", ...raw, "--", name], value, options);
}

async function pulumi(
  args: string[],
  input: string,
  { stack, workingFolder, environment }: StackOptions,
): Promise<string> {
  const child = spawn("pulumi", [...(stack === undefined ? [] : ["--stack", stack]), ...args], {
    cwd: workingFolder,
    env: { ...environment, PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  child.stdin.on("error", (error: NodeJS.ErrnoException) => {
    // It may end with an error before it has read; that is told by its exit code.
    if (error.code !== "EPIPE") throw error;
  });
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  let code: number | null, stdout: string, stderr: string;
  try {
    [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new ProviderError("no-pulumi", "pulumi is not found on PATH; install it, or use --secrets store");
  }
  if (code === 0) return stdout;
  const reason = redactText(stderr.trim().replace(/^error: /, ""));
  throw new ProviderError("pulumi", `pulumi ${args[0]} ended with exit code ${code ?? "none"}: ${reason}`);
}
