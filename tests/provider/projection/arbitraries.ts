import fc from "fast-check";
import { type EffectiveConnection } from "../../fakes/effective";

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "",
    "\n",
    "\r\n",
    '"',
    "\\",
    "\0",
    "\u2028",
    "'; --",
    "{{ var }}",
    "%40:@/",
    "ünï",
    "日本",
    "👩🏽‍🚀",
    "\uFEFF",
  ),
);

const safeNumber = fc.oneof(
  fc.maxSafeInteger(),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .filter((value) => !Number.isInteger(value) || Number.isSafeInteger(value)),
);

const json = fc.letrec<{ value: unknown; object: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.oneof(text, safeNumber, fc.boolean(), fc.constant(null)),
    fc.array(tie("value"), { maxLength: 4 }),
    tie("object"),
  ),
  object: fc
    .array(fc.tuple(fc.oneof(text, fc.constantFrom("__proto__", "10", "9", "constructor")), tie("value")), {
      maxLength: 5,
    })
    .map((members) => Object.fromEntries(members)),
}));

/** Ids by Airflow's strictest rule, also ones that are special to JavaScript. */
export const connIds = fc.oneof(
  fc
    .string({
      unit: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyzABCXYZ0189_.-"),
      minLength: 1,
      maxLength: 200,
      size: "max",
    })
    .filter((id) => !id.includes("..")),
  fc.constantFrom("__proto__", "constructor", "10", "9", "-", "_", "a".repeat(200)),
);

/** Any connection that `validateConnection` must accept. */
export const validConnections: fc.Arbitrary<EffectiveConnection> = fc.record(
  {
    connId: connIds,
    connType: text.filter((value) => value !== ""),
    description: text,
    host: text,
    login: text,
    password: text.filter((value) => value !== ""),
    schema: text,
    port: fc.oneof(
      fc.integer(),
      fc.constantFrom(0, -1, 65535, 99999).map((port) => port),
    ),
    extra: json.object,
  },
  { requiredKeys: ["connId", "connType"] },
);

/** Sets of valid connections with distinct ids. */
export const validSets = fc.uniqueArray(validConnections, {
  selector: (connection) => connection.connId,
  maxLength: 8,
});

const wild = fc.oneof(
  text,
  fc.string({ unit: fc.constantFrom("\ud800", "\udfff", "a") }),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.constant([]),
  fc.constant({}),
  json.value,
);

const mostly = <T>(usual: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 8, arbitrary: usual as fc.Arbitrary<unknown> }, { weight: 1, arbitrary: wild });

/** Connections of which many break a rule: wrong types, lone surrogates, ids that Airflow drops, empty passwords. */
export const wildConnections = fc.record(
  {
    connId: fc.oneof(
      { weight: 8, arbitrary: connIds },
      { weight: 1, arbitrary: text },
      { weight: 1, arbitrary: fc.constantFrom("", "a b", "a..b", "a\n", "é", "a".repeat(251)) },
    ),
    connType: mostly(fc.constant("postgres")),
    description: mostly(text),
    host: mostly(text),
    login: mostly(text),
    password: mostly(text),
    schema: mostly(text),
    port: mostly(fc.integer()),
    extra: mostly(fc.oneof(json.object, fc.record({ deep: mostly(text) }))),
  },
  { requiredKeys: ["connId", "connType"] },
) as unknown as fc.Arbitrary<EffectiveConnection>;
