import type { InputProblem } from "../errors";
import { isRecord, type Properties } from "../resources/declaration/values";
import { withCleared } from "./clear";
import { parseUrn, type NativeKind } from "./kinds";
import type { Settings } from "./settings";
import { extraKeysOf, untyped, untypedPath } from "./typed";
import type { Opened } from "./wire";

/** Who a stored piece belongs to: the same as for the dynamic provider, so that one can follow the other. */
function ownerOf(urn: string, { organization }: Settings): string {
  const { project, stack, name } = parseUrn(urn);
  return `${organization}/${project}/${stack}::${name}`;
}

/** Inputs in the form that handlers take. */
export interface Completed extends Opened {
  problems: InputProblem[];
}

/** Inputs of a program with what it may leave out. Pure. */
export function completed(native: NativeKind, urn: string, given: Opened, settings: Settings): Completed {
  const { kind, nameInput, connType } = native;
  const keys = connType === undefined ? new Map<string, string>() : extraKeysOf(connType);
  const generic =
    connType === undefined ? { inputs: given.properties, problems: [] } : untyped(connType, keys, given.properties);
  const { clear, ...inputs } = generic.inputs;
  const problems = [...generic.problems];
  inputs["owner"] = ownerOf(urn, settings);
  if (nameInput !== undefined) inputs[nameInput] ??= parseUrn(urn).name;
  if (!settings.liveDiff) inputs["liveDiff"] = false;
  const { store } = settings;
  const { workspace } = inputs;
  if (kind === "workspace") inputs["store"] ??= store;
  else if (isRecord(workspace)) inputs["workspace"] = { ...workspace, store: workspace["store"] ?? store };
  // Of a URI that the program keeps secret all parts are.
  if (given.secrets.some(([input]) => input === "uri")) inputs["secretUri"] = true;
  const valuesInput = kind === "override" ? "fields" : kind === "connection-link" ? "overrides" : undefined;
  if (clear !== undefined && valuesInput !== undefined) {
    const cleared = withCleared(inputs[valuesInput], clear);
    inputs[valuesInput] = cleared.values;
    problems.push(...cleared.problems);
  } else if (clear !== undefined) inputs["clear"] = clear;
  const secrets = given.secrets.map((path) => untypedPath(keys, path));
  return { properties: withoutUndefined(inputs), secrets, problems };
}

function withoutUndefined(inputs: Properties): Properties {
  return Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== undefined));
}
