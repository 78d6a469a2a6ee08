import { findConnectionType } from "./connection-types";
import type { CatalogInput, Warned } from "./finding";

/** Airflow's `[logging] min_length_masked_secret`, by default. */
const SHORTEST_MASKED = 5;

/** Extras that hold the text of a private key. */
const KEY_TEXTS = new Set([
  "private_key",
  "private_key_content",
  "private_key_data",
  "ssl.key.pem",
  "ssl.keystore.key",
]);

/** Extras that hold the path of one, the likeliest first. */
const KEY_PATHS = [
  "key_file",
  "private_key_file",
  "private_key_file_path",
  "key_path",
  "ssl.key.location",
  "ssl.keystore.location",
];

/** Where Airflow must allow a driver in `extra`: section and option. */
const DRIVERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  jdbc: {
    driver_path: "[providers.jdbc] allow_driver_path_in_extra",
    driver_class: "[providers.jdbc] allow_driver_class_in_extra",
  },
  odbc: { driver: "[providers.odbc] allow_driver_in_extra" },
};

/**
 * What is allowed and fails, or does less than it seems, only once a task runs. Warnings only.
 *
 * @param extra - the parsed `input.extra`.
 */
export function hints(input: CatalogInput, extra: Record<string, unknown>): Warned[] {
  // Not inside objects: the Google hooks themselves put line breaks into a keyfile_dict.
  const values: [string, unknown][] = Object.entries(extra).map(([key, value]) => [`extra.${key}`, value]);
  return [
    ...[["password", input.password] as const, ...values].flatMap(([field, value]) => literalNewlines(field, value)),
    ...Object.keys(extra).flatMap((key) => keyPath(input.connType, key, extra[key])),
    ...Object.keys(extra).flatMap((key) => driver(input.connType, key)),
    ...shortPassword(input.password),
  ];
}

function literalNewlines(field: string, value: unknown): Warned[] {
  if (typeof value !== "string" || !/^\s*-----BEGIN /.test(value)) return [];
  if (!value.includes("\\n") || value.trim().includes("\n")) return [];
  return [
    {
      code: "pem-literal-newlines",
      field,
      rule: "PEM text with a backslash and an n where its line breaks should be: no hook can load it",
      remedy: "put real line breaks there, such as by readFileSync or replaceAll",
    },
  ];
}

function keyPath(connType: string, key: string, value: unknown): Warned[] {
  if (!KEY_TEXTS.has(key) || typeof value !== "string" || !looksLikePath(value.trim())) return [];
  const keys = new Set(findConnectionType(connType)?.extras.map((extra) => extra.key));
  const path = KEY_PATHS.find((candidate) => keys.has(candidate));
  return [
    {
      code: "private-key-path",
      field: `extra.${key}`,
      rule: "looks like a path, but is to hold the key itself",
      remedy:
        path === undefined ? "give the key's text" : `use "${path}" for a path on the worker, or give the key's text`,
    },
  ];
}

const looksLikePath = (text: string): boolean =>
  text.length < 300 && /^(?:~?\/|\.{1,2}\/|[A-Za-z]:\\)[^\s:*?"<>|]+$|^[\w./~-]+\.(?:pem|key|p8|ppk)$/.test(text);

function driver(connType: string, key: string): Warned[] {
  const drivers = Object.hasOwn(DRIVERS, connType) ? DRIVERS[connType] : undefined;
  const option = drivers?.[key.toLowerCase()];
  if (option === undefined) return [];
  return [
    {
      code: "driver-in-extra",
      field: `extra.${key}`,
      rule: `Airflow ignores it unless its configuration has ${option} = True`,
      remedy: "set that where it is meant, or give the driver to the hook",
    },
  ];
}

function shortPassword(password: unknown): Warned[] {
  if (typeof password !== "string" || password.trim() === "" || password.length >= SHORTEST_MASKED) return [];
  return [
    {
      code: "short-password",
      field: "password",
      rule: `Airflow 3 does not mask secrets of fewer than ${SHORTEST_MASKED} characters in its logs`,
      remedy: "choose a longer one, or lower [logging] min_length_masked_secret",
    },
  ];
}
