import { Argument, type Command } from "commander";
import type { CliContext } from "./context";
import { examples, jsonOption } from "./options";

/** Shells that a completion script can be had for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** `airflow-env completion SHELL`. */
export function addCompletion(parent: Command, { terminal }: CliContext): void {
  parent
    .command("completion")
    .description("print a script that completes verbs and options in a shell")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        [
          'eval "$(airflow-env completion bash)"',
          'eval "$(airflow-env completion zsh)"',
          "airflow-env completion fish | source",
        ],
        "Put the line into ~/.bashrc, ~/.zshrc or ~/.config/fish/config.fish.",
      ),
    )
    .action(async (shell: (typeof SHELLS)[number], { json }: { json?: boolean }) => {
      const { completionScript } = await import("./completion.js");
      const script = completionScript(shell, parent);
      terminal.outRaw(json ? `${JSON.stringify({ shell, script })}\n` : script);
    });
}
