import { z } from "zod";
import { InputError } from "../../provider/errors";
import { connectionTypesByClass, extraKeysOf, untyped } from "../../provider/plugin/typed";
import { fromWire } from "../../provider/pulumi/wire";
import type { Kind } from "../../provider/resources/contract";
import { isRecord, type Properties } from "../../provider/resources/declaration/values";
import { textIn, workspaceOf } from "../../provider/resources/record";

/** What the engine prints for a secret. */
export const HIDDEN = "[secret]";

/** What one step does with one resource of ours. */
export interface PreviewStep {
  kind: Kind;
  /** `put`: it is there afterwards, made, changed or made anew. */
  does: "put" | "remove" | "nothing";
  /** Name in the program. */
  resource: string;
  /** Recorded inputs; undefined for a new resource. */
  olds: Properties | undefined;
  /** Recorded outputs. */
  outputs: Properties | undefined;
  /** Inputs as `check` gave them; undefined for what goes. */
  news: Properties | undefined;
}

/** What `pulumi preview --json` says of resources of ours. */
export interface Preview {
  steps: PreviewStep[];
  /** Why the preview failed; empty when it did not. */
  errors: string[];
}

const state = z.object({
  inputs: z.record(z.string(), z.unknown()).optional(),
  outputs: z.record(z.string(), z.unknown()).optional(),
});

const step = z.object({ op: z.string(), urn: z.string(), oldState: state.optional(), newState: state.optional() });
/** One step, as the engine says it. */
export type EngineStep = z.infer<typeof step>;

const diagnostic = z.object({ severity: z.string(), message: z.string() });
/** A preview that fails early has diagnostics alone. */
const schema = z.union([
  z.object({ steps: z.array(step), diagnostics: z.array(diagnostic).default([]) }),
  z.object({ steps: z.array(step).default([]), diagnostics: z.array(diagnostic) }),
]);

const KINDS: Record<string, Kind> = {
  Workspace: "workspace",
  Deployment: "deployment",
  Connection: "connection",
  ConnectionLink: "connection-link",
  Override: "override",
  Variable: "variable",
  VariableLink: "variable-link",
};

const DOES: Record<string, PreviewStep["does"]> = {
  create: "put",
  update: "put",
  import: "put",
  "create-replacement": "put",
  delete: "remove",
  "delete-replaced": "remove",
};

/**
 * Reads what `pulumi preview --json` printed; resources of other providers are left out.
 *
 * @param text - what the engine or its plugins print before is passed over.
 * @throws InputError with what to pass instead, never with the text.
 */
export function parsePreview(text: string): Preview {
  const { success, data } = schema.safeParse(contentOf(text));
  if (!success) throw new InputError("this is no output of pulumi preview --json: it has no steps");
  const errors = data.diagnostics.filter(({ severity }) => severity === "error");
  return {
    steps: readSteps(data.steps),
    errors: [...new Set(errors.map(({ message }) => message.replace(/^error: /, "").trim()))].sort(),
  };
}

/** Steps with resources of ours. */
export function readSteps(steps: readonly EngineStep[]): PreviewStep[] {
  return steps.flatMap(({ op, urn, oldState, newState }): PreviewStep[] => {
    const type = typeOf(urn);
    if (!type) return [];
    const { kind, inputsOf } = type;
    const does = DOES[op] ?? "nothing";
    const news = does === "remove" ? undefined : newState?.inputs;
    const inputs = (properties: Properties | undefined) => properties && inputsOf(fromWire(properties));
    const resource = urn.split("::").at(-1) ?? urn;
    const outputs = oldState?.outputs && fromWire(oldState.outputs);
    return [{ kind, does, resource, olds: inputs(oldState?.inputs), outputs, news: inputs(news) }];
  });
}

/** The object in a text of the engine. @throws InputError where there is no JSON. */
export function contentOf(text: string): Record<string, unknown> | undefined {
  try {
    const content: unknown = JSON.parse(text.slice(text.indexOf("{")));
    return isRecord(content) ? content : undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new InputError("this is no JSON; pass what pulumi preview --json printed, and nothing else with it");
  }
}

/** What a resource of ours is, and how its inputs are those of its kind. */
interface ResourceType {
  kind: Kind;
  inputsOf: (inputs: Properties) => Properties;
}

/** Of a resource below a component, the type stands last; the dynamic provider has a type name of its own. */
function typeOf(urn: string): ResourceType | undefined {
  const type = urn.split("::").at(2)?.split("$").at(-1) ?? "";
  const [, module = "", name = ""] =
    /^(pulumi-nodejs:dynamic\/airflow|airflow-env:index|airflow-env:connections):(\w+)$/.exec(type) ?? [];
  if (module === "airflow-env:connections") return typedConnection(name);
  const kind = module !== "" && Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  return kind && { kind, inputsOf: (inputs) => inputs };
}

/** The plugin's class of one connection type: its extras are inputs. */
function typedConnection(className: string): ResourceType | undefined {
  const id = connectionTypesByClass().get(className)?.id;
  if (id === undefined) return undefined;
  const keys = extraKeysOf(id);
  return { kind: "connection", inputsOf: (inputs) => untyped(id, keys, inputs).inputs };
}

/** Name of the Workspace of a step's resource; undefined while it is not known. */
export function workspaceNameOf({ kind, olds, news }: PreviewStep): string | undefined {
  const inputs = news ?? olds ?? {};
  return kind === "workspace" ? textIn(inputs, "name") : workspaceOf(inputs)?.name;
}
