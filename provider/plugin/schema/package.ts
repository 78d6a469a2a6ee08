import type { z } from "zod";
import type { AttachmentKind, DeclaredKind } from "../../resources/declared-kind";
import { attachmentSchema } from "../../resources/attachment/declaration";
import { deploymentSchema } from "../../resources/deployment/declaration";
import { connectionLink, connectionOverride, declaredConnection } from "../../resources/kinds/connection/declared";
import { declaredVariable, variableLink } from "../../resources/kinds/variable/declared";
import { objectSchema } from "../../resources/shared-object/declaration";
import { workspaceSchema } from "../../resources/workspace/declaration";
import type { Kind } from "../../resources/contract";
import { connectionKind, CONNECTIONS, dynamicTypeOf, nativeKinds, PACKAGE, tokenOf, type NativeKind } from "../kinds";
import { connectionTypesByClass } from "../typed";
import { typedConnection } from "./connections";
import { propertiesOf, type NamedTypes } from "./property";
import { functions } from "./functions";
import { describe } from "./texts";
import type { EnumSpec, ObjectSpec, PropertySpec, ResourceSpec } from "./specs";

/** Inputs that `check` adds or a wire sets; users do not write them. */
const NOT_DECLARED = ["owner", "liveDiff", "appliesTo", "change", "fingerprints", "drift", "takesOver"];

/** Inputs that cannot be changed in place. */
const REPLACING: Partial<Record<Kind, string[]>> = {
  workspace: ["name"],
  deployment: ["name"],
  connection: ["connId", "deployment"],
  "connection-link": ["connId", "deployment"],
  override: ["connId", "deployment"],
  variable: ["key", "deployment"],
  "variable-link": ["key", "deployment"],
};

const WORKSPACE_REFERENCE = `${PACKAGE}:index:WorkspaceReference`;
const GO_PACKAGE = "github.com/pulumi-airflow-env/sdk/airflowenv";

/** The generator calls an enum's package by the schema's name, which Go does not take: the alias names the real one. */
const GO = {
  respectSchemaVersion: true,
  importBasePath: GO_PACKAGE,
  packageImportAliases: { [`${GO_PACKAGE}/${PACKAGE}`]: "airflowenv" },
};

/** Inputs that steer one operation and are no part of the resource. */
const STEERING = ["adopt", "clear"];

const object = (kind: DeclaredKind) => objectSchema(kind).shape;
const attachment = (kind: AttachmentKind) => attachmentSchema(kind).shape;

/** The zod schemas of the inputs. */
const SHAPES: Record<Kind, () => Readonly<Record<string, z.core.$ZodType>>> = {
  workspace: () => workspaceSchema.shape,
  deployment: () => deploymentSchema.shape,
  connection: () => object(declaredConnection),
  "connection-link": () => attachment(connectionLink),
  override: () => attachment(connectionOverride),
  variable: () => object(declaredVariable),
  "variable-link": () => attachment(variableLink),
};

/** The package's schema: all resources, types and functions, from the schemas of the inputs and the catalog. Pure. */
export function packageSchema(version: string): object {
  const types: NamedTypes = new Map([...referenceTypes()]);
  const resources = new Map<string, ResourceSpec>();
  for (const kind of nativeKinds) resources.set(tokenOf(kind), resourceOf(kind, types));
  requireOnlyName(types.get(WORKSPACE_REFERENCE));
  const aliases = [dynamicTypeOf(connectionKind), tokenOf(connectionKind)];
  const connection = resourceOf(connectionKind, types);
  for (const [name, type] of connectionTypesByClass())
    resources.set(`${CONNECTIONS}${name}`, typedConnection(type, connection, aliases));
  return {
    name: PACKAGE,
    displayName: "Airflow environments",
    version,
    description: "Airflow connections as code: declare once, link to many Deployments, override per Deployment.",
    keywords: ["pulumi", "airflow", "connections", "secrets", "category/infrastructure"],
    license: "Apache-2.0",
    config: { variables: settings() },
    provider: { description: "Settings of all resources.", inputProperties: settings() },
    types: sorted(types),
    resources: sorted(resources),
    functions: functions(),
    language: {
      python: { packageName: "pulumi_airflow_env", pyproject: { enabled: true }, respectSchemaVersion: true },
      go: GO,
      nodejs: { respectSchemaVersion: true },
    },
  };
}

function resourceOf(native: NativeKind, types: NamedTypes): ResourceSpec {
  const { kind, name, nameInput, computed } = native;
  const declared = Object.entries(SHAPES[kind]()).filter(([input]) => !NOT_DECLARED.includes(input));
  const { properties, required } = propertiesOf(Object.fromEntries(declared), name, types);
  if (kind === "override" || kind === "connection-link")
    properties["clear"] = { type: "array", items: { type: "string" }, description: describe(`${name}.clear`) };
  for (const input of REPLACING[kind] ?? []) if (properties[input]) properties[input].replaceOnChanges = true;
  if (properties["password"]) properties["password"].secret = true;
  // Each may be left out here: the resource's name and the configuration stand in.
  const requiredInputs = required.filter(
    (input) => input !== nameInput && !(kind === "workspace" && input === "store"),
  );
  // A Variable's value is any JSON value, which for zod may be missing.
  if (kind === "variable") requiredInputs.push("value");
  // Where all that an Override sets is cleared, there is nothing else.
  if (kind === "override") requiredInputs.splice(requiredInputs.indexOf("fields"), 1);
  const outputs = Object.entries(properties).filter(([input]) => !STEERING.includes(input));
  const own = computed.map((output): [string, PropertySpec] => [output, computedOutput(name, output)]);
  return {
    description: describe(name),
    properties: Object.fromEntries([...outputs, ...own]),
    required: [...required, ...computed],
    inputProperties: properties,
    ...(requiredInputs.length > 0 && { requiredInputs }),
    aliases: [{ type: dynamicTypeOf(native) }],
  };
}

function computedOutput(resource: string, output: string): PropertySpec {
  const description = describe(`${resource}.${output}`);
  return output === "deployments"
    ? { type: "array", items: { type: "string" }, description }
    : { type: "string", description };
}

/** Handlers always get a store; here the configuration may stand in. */
function requireOnlyName(reference: ObjectSpec | EnumSpec | undefined): void {
  if (reference?.type !== "object") throw new Error(`schema: there is no type ${WORKSPACE_REFERENCE}`);
  reference.required = ["name"];
}

function referenceTypes(): [string, ObjectSpec][] {
  const source = ["env", "file", "store"].map((place): [string, PropertySpec] => [
    place,
    { type: "string", description: describe(`ValueSource.${place}`) },
  ]);
  const sourceToken = `${PACKAGE}:index:ValueSource`;
  return [
    [
      `${PACKAGE}:index:ValueReference`,
      {
        type: "object",
        description: describe("ValueReference"),
        properties: {
          valueFrom: { $ref: `#/types/${sourceToken}`, description: describe("ValueReference.valueFrom") },
        },
        required: ["valueFrom"],
      },
    ],
    [sourceToken, { type: "object", description: describe("ValueSource"), properties: Object.fromEntries(source) }],
  ];
}

function settings(): Record<string, PropertySpec> {
  return {
    store: { type: "string", description: describe("Settings.store") },
    liveDiff: { type: "boolean", description: describe("Settings.liveDiff") },
    organization: { type: "string", description: describe("Settings.organization") },
  };
}

function sorted<T>(entries: Map<string, T>): Record<string, T> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}
