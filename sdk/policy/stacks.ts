/** Which stacks a policy is for. */
export interface StackScope {
  /** Names of stacks; `*` stands for anything: `["prod", "prod-*"]`. Left out: all stacks. */
  stacks?: readonly string[];
}

/** Whether a policy is for a stack. */
export function isInScope({ stacks }: StackScope, stack: string): boolean {
  return stacks === undefined || stacks.some((pattern) => matcherOf(pattern).test(stack));
}

function matcherOf(pattern: string): RegExp {
  const parts = pattern.split("*").map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s");
}
