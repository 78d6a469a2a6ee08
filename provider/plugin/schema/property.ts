import { z } from "zod";
import { PACKAGE } from "../kinds";
import { ANY, type EnumSpec, type ObjectSpec, type PropertySpec, type TypeSpec } from "./specs";
import { describe, nameOfType } from "./texts";

/** Types that properties refer to, by token. */
export type NamedTypes = Map<string, ObjectSpec | EnumSpec>;

/** Where a value is kept, in place of the value. */
const REFERENCE: TypeSpec = { $ref: `#/types/${PACKAGE}:index:ValueReference` };

/** A text, or where one is kept. */
export const TEXT: TypeSpec = { oneOf: [{ type: "string" }, REFERENCE] };

/** The property that a zod schema stands for, and whether it may be left out. Object types are added to `types`. */
export function propertyOf(
  schema: z.core.$ZodType,
  place: string,
  types: NamedTypes,
): { spec: PropertySpec; isOptional: boolean } {
  const { inner, isOptional } = unwrapped(schema);
  const spec: PropertySpec = { ...typeOf(inner, place, types), description: describe(place) };
  return { spec, isOptional };
}

/** Properties of an object schema, and which of them are needed; in the order of the schema. */
export function propertiesOf(
  shape: Readonly<Record<string, z.core.$ZodType>>,
  place: string,
  types: NamedTypes,
): { properties: Record<string, PropertySpec>; required: string[] } {
  const entries = Object.entries(shape).map(
    ([name, schema]) => [name, propertyOf(schema, `${place}.${name}`, types)] as const,
  );
  return {
    properties: Object.fromEntries(entries.map(([name, { spec }]) => [name, spec])),
    required: entries.filter(([, { isOptional }]) => !isOptional).map(([name]) => name),
  };
}

/** A default is filled in by the provider: a program that sent it would differ from one that leaves it out. */
function unwrapped(schema: z.core.$ZodType): { inner: z.core.$ZodType; isOptional: boolean } {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional)
    return { ...unwrapped(schema.def.innerType), isOptional: true };
  if (schema instanceof z.ZodNullable) return unwrapped(schema.def.innerType);
  return { inner: schema, isOptional: false };
}

function typeOf(schema: z.core.$ZodType, place: string, types: NamedTypes): TypeSpec {
  if (schema instanceof z.ZodString) return { type: "string" };
  if (schema instanceof z.ZodNumber) return { type: schema.format === "safeint" ? "integer" : "number" };
  if (schema instanceof z.ZodBoolean) return { type: "boolean" };
  if (schema instanceof z.ZodArray) return { type: "array", items: typeOf(schema.element, place, types) };
  if (schema instanceof z.ZodRecord) return { type: "object", additionalProperties: ANY };
  if (schema instanceof z.ZodUnknown) return ANY;
  // The only custom rule is that of references; where a reference may stand, a text may.
  if (schema instanceof z.ZodCustom || schema instanceof z.ZodUnion) return TEXT;
  const name = nameOfType(place);
  const token = `${PACKAGE}:index:${name}`;
  const ref = { $ref: `#/types/${token}` };
  if (types.has(token)) return ref;
  if (schema instanceof z.ZodEnum) {
    const values = schema.options.map((value) => ({ value: String(value), description: describe(`${name}.${value}`) }));
    types.set(token, { type: "string", description: describe(name), enum: values });
  } else if (schema instanceof z.ZodObject) {
    const { properties, required } = propertiesOf(schema.shape, name, types);
    types.set(token, {
      type: "object",
      description: describe(name),
      properties,
      ...(required.length > 0 && { required }),
    });
  } else throw new Error(`schema: ${place} is of a form that has no type in Pulumi's schema`);
  return ref;
}
