import type { Command, Option } from "commander";

/** One command, with all that can follow it. */
interface Node {
  /** Words after the program's name, such as `store list`; empty for the program itself. */
  path: string;
  commands: readonly Command[];
  options: readonly Option[];
}

/**
 * A completion script made from the command tree; it needs no process of ours to complete.
 *
 * @param root - the program.
 */
export function completionScript(shell: "bash" | "zsh" | "fish", root: Command): string {
  const nodes = nodesOf(root, "");
  if (shell === "fish") return fishScript(root.name(), nodes);
  const script = bashScript(root.name(), nodes);
  return shell === "bash" ? script : `autoload -U +X compinit bashcompinit\ncompinit\nbashcompinit\n${script}`;
}

function nodesOf(command: Command, path: string): Node[] {
  const own = { path, commands: command.commands, options: command.createHelp().visibleOptions(command) };
  return [
    own,
    ...command.commands.flatMap((child) =>
      [child.name(), ...child.aliases()].flatMap((name) => nodesOf(child, path === "" ? name : `${path} ${name}`)),
    ),
  ];
}

/** Words are matched one by one, as far as they are commands: values of options in between do not count. */
function bashScript(program: string, nodes: Node[]): string {
  const name = `_${program.replaceAll("-", "_")}`;
  const paths = nodes.flatMap(({ path }) => (path === "" ? [] : [`" ${path}"`]));
  const words = nodes.map(({ path, commands, options }) => {
    const all = [...commands.map((command) => command.name()), ...options.flatMap(({ long }) => long ?? [])];
    return `    "${path === "" ? "" : ` ${path}`}") words="${all.join(" ")}" ;;`;
  });
  return `${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in --) return ;; esac
    case "$path \${COMP_WORDS[i]}" in ${paths.join("|")}) path="$path \${COMP_WORDS[i]}" ;; esac
  done
  case "$path $previous" in
${nodes.flatMap((node) => node.options.flatMap((option) => valueCase(node.path, option))).join("\n")}
  esac
  case "$path" in
${words.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F ${name} ${program}
`;
}

/** After an option that takes a value: its choices, or whatever the shell completes by itself. */
function valueCase(path: string, { long, required, argChoices }: Option): string[] {
  if (!long || !required) return [];
  const pattern = `"${path === "" ? "" : ` ${path}`} ${long}"`;
  if (!argChoices) return [`    ${pattern}) COMPREPLY=(); return ;;`];
  return [`    ${pattern}) COMPREPLY=($(compgen -W "${argChoices.join(" ")}" -- "$current")); return ;;`];
}

function fishScript(program: string, nodes: Node[]): string {
  const at = `__${program.replaceAll("-", "_")}_at`;
  const lines = nodes.flatMap(({ path, commands, options }) => {
    const condition = `-n '${at}${path === "" ? "" : ` ${path}`}'`;
    return [
      ...commands.map(
        (command) => `complete -c ${program} -f ${condition} -a ${command.name()} -d ${quoted(command.description())}`,
      ),
      ...options.flatMap(({ long, required, argChoices, description }) => {
        if (!long) return [];
        const value = argChoices ? ` -x -a '${argChoices.join(" ")}'` : required ? " -r" : "";
        return [`complete -c ${program} ${condition} -l ${long.slice(2)}${value} -d ${quoted(description)}`];
      }),
    ];
  });
  const known = nodes.flatMap(({ path }) => (path === "" ? [] : [`'${path}'`])).join(" ");
  return `function ${at}
  set -l path
  for word in (commandline -opc)[2..]
    contains -- "$word" -- ; and return 1
    contains -- (string join ' ' $path $word) ${known}; and set -a path $word
  end
  test "$path" = "$argv"
end
${lines.join("\n")}
`;
}

/** The first sentence, in single quotes. */
function quoted(text: string): string {
  const [first = ""] = text.split(/[;:(\n]/, 1);
  return `'${first.trim().replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
