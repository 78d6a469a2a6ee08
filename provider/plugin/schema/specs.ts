/**
 * The parts of Pulumi's package schema that are used here.
 *
 * @see https://www.pulumi.com/docs/iac/guides/building-extending/packages/schema/
 */
export interface TypeSpec {
  type?: "string" | "integer" | "number" | "boolean" | "array" | "object";
  $ref?: string;
  items?: TypeSpec;
  additionalProperties?: TypeSpec;
  oneOf?: TypeSpec[];
}

/** A property of a resource or of an object type. */
export interface PropertySpec extends TypeSpec {
  description: string;
  secret?: true;
  replaceOnChanges?: true;
}

/** An object type. */
export interface ObjectSpec {
  type: "object";
  description: string;
  properties: Record<string, PropertySpec>;
  required?: string[];
}

/** A type that is one of some texts. */
export interface EnumSpec {
  type: "string";
  description: string;
  enum: { name?: string; value: string; description?: string }[];
}

/** A resource. */
export interface ResourceSpec {
  description: string;
  properties: Record<string, PropertySpec>;
  required: string[];
  inputProperties: Record<string, PropertySpec>;
  requiredInputs?: string[];
  aliases: { type: string }[];
}

/** A function. */
export interface FunctionSpec {
  description: string;
  inputs: Omit<ObjectSpec, "description">;
  outputs: Omit<ObjectSpec, "description">;
}

/** Any JSON value. */
export const ANY: TypeSpec = { $ref: "pulumi.json#/Any" };
