import { dump } from "js-yaml";
import { classNameOf } from "../../provider/plugin/typed";
import {
  expressionsOf,
  inputsOf,
  isStoreOfConfig,
  REFERENCE_COMMENT,
  type ConnectionCode,
  type Expression,
  type Field,
  type Program,
  type VariableCode,
} from "./program";

/** The plugin's own setting. */
const STORE = "airflow-env:store";

/** A resource by its name in the program. */
type Resource = [name: string, { type: string; properties: Record<string, unknown> }];

/** A program in YAML, as `Main.yaml` beside the `Pulumi.yaml` of a project of this runtime. Pure. */
export function writeYaml(program: Program): string {
  const { workspace } = program;
  const isDeclared = "declared" in workspace;
  const settings = expressionsOf(program).flatMap((value) => ("config" in value ? [value] : []));
  const config = Object.fromEntries<object>([
    ...(isStoreOfConfig(program) ? [[STORE, { type: "string" }] as const] : []),
    ...settings.map(({ config, type }) => [config, { type, secret: true }] as const),
  ]);
  const reference = isDeclared
    ? { name: "${data.name}", store: "${data.store}" }
    : { name: literal(workspace.referred), store: literal(workspace.store) ?? `\${${STORE}}` };
  const names = new Names();
  const resources: Resource[] = [
    ...(isDeclared
      ? [
          [
            names.of("data"),
            { type: "airflow-env:Workspace", properties: { name: literal(workspace.declared) } },
          ] as Resource,
        ]
      : []),
    ...program.objects.flatMap((object) =>
      object.kind === "variable" ? [variable(object, names)] : connection(object, names),
    ),
  ];
  return [
    program.comment ? `# ${program.comment}\n` : "",
    Object.keys(config).length > 0 ? `${section({ config })}\n` : "",
    isDeclared ? "" : `# ${REFERENCE_COMMENT}\n`,
    `${section({ variables: { workspace: reference } })}\n`,
    section({ resources: Object.fromEntries(resources) }),
  ].join("");
}

/** Names of resources: of plain letters, so that they can be referred to, and of one object each. */
class Names {
  readonly #taken = new Set<string>(["workspace"]);

  of(id: string): string {
    const plain = id.replace(/[^A-Za-z0-9_-]/g, "_");
    for (let suffix = 1; ; suffix++) {
      const name = suffix === 1 ? plain : `${plain}-${suffix}`;
      if (this.#taken.has(name)) continue;
      this.#taken.add(name);
      return name;
    }
  }
}

function connection({ id, connType, isTyped, fields, sharing, links }: ConnectionCode, names: Names): Resource[] {
  const name = names.of(id);
  const type = isTyped ? `connections:${classNameOf(connType)}` : "Connection";
  const scope = { workspace: "${workspace}", ...(name !== id && { connId: literal(id) }) };
  const properties = { ...scope, ...(!isTyped && { connType }), ...propertiesOf(fields, isTyped), sharing };
  const linked = links.map(({ deployment, overrides }): Resource => {
    const own = propertiesOf(overrides, false);
    const pair = { workspace: `\${${name}.workspace}`, connId: `\${${name}.connId}`, deployment: literal(deployment) };
    const hasOwn = Object.keys(own).length > 0;
    return [
      names.of(`${id}-${deployment}`),
      { type: "airflow-env:ConnectionLink", properties: { ...pair, ...(hasOwn && { overrides: own }) } },
    ];
  });
  return [[name, { type: `airflow-env:${type}`, properties }], ...linked];
}

function variable({ id, value, description, sharing }: VariableCode, names: Names): Resource {
  const name = names.of(id);
  const properties = {
    workspace: "${workspace}",
    ...(name !== id && { key: literal(id) }),
    value: code(value),
    ...(description !== undefined && { description: literal(description) }),
    sharing,
  };
  return [name, { type: "airflow-env:Variable", properties }];
}

function propertiesOf(fields: Field[], isTyped: boolean): Record<string, unknown> {
  const { inputs, extra } = inputsOf(fields, isTyped);
  const coded = (entries: [string, Expression][]) =>
    Object.fromEntries(entries.map(([key, value]) => [key, code(value)]));
  return { ...coded(inputs), ...(extra.length > 0 && { extra: coded(extra) }) };
}

function code(value: Expression): unknown {
  if ("literal" in value) return literal(value.literal);
  if ("stored" in value) return { valueFrom: { store: literal(value.stored) } };
  return `\${[${JSON.stringify(value.config)}]}`;
}

/** A text as itself: a dollar sign may begin a reference. */
function literal(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("$", "$$$$");
  if (Array.isArray(value)) return value.map(literal);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, literal(member)]));
}

function section(of: Record<string, unknown>): string {
  return dump(of, { lineWidth: -1, noRefs: true });
}
