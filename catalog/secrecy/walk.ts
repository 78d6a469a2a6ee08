import { MAX_DEPTH } from "../depth";
import { extraVerdict, fieldVerdict } from "./fields";
import { judgeName, type NameVerdict } from "./names";
import { textHoldsSecret } from "./text";

/** Where a value stands: field, then keys and list positions. */
export type Path = readonly (string | number)[];

/** What is done with the values of a connection's fields. */
export interface Visitor {
  /** What becomes of a secret. */
  seal(value: unknown, path: Path): unknown;
  /** For what is no plain value, such as a reference to another place: seal it, leave it, or (undefined) judge it. */
  exception?(value: unknown, path: Path): "seal" | "leave" | undefined;
  /** Whether a value will only be known later. */
  isEventual?(value: unknown): boolean;
  /** Hands an eventual value to `judge` when it is known; what `judge` gives is then its place's value. */
  later?(value: unknown, judge: (known: unknown) => unknown): unknown;
}

/** How fields are judged. */
export interface Judging {
  /** All of `extra` is secret. */
  secretExtra?: boolean | undefined;
}

/**
 * The one walk over a connection's fields that tells what is secret. Field names are Airflow's; null and undefined stay.
 *
 * @param connType - `undefined` where the type is declared elsewhere: then what any type keeps secret. May be eventual.
 * @returns the fields as the visitor made them; what is not secret is as it was.
 */
export function visitSecrets(
  connType: unknown,
  fields: object,
  visitor: Visitor,
  { secretExtra = false }: Judging = {},
): Record<string, unknown> {
  const walk = new Walk(visitor);
  const byType = (judge: (type: string | undefined) => unknown) => {
    const judgeType = (type: unknown) => judge(typeof type === "string" ? type : undefined);
    return walk.isEventual(connType) ? walk.later(connType, judgeType) : judgeType(connType);
  };
  const visitField = ([field, value]: [string, unknown]): [string, unknown] => {
    const path = [field];
    if (field !== "extra") {
      // Whatever the type: an output stays unknown no longer than it must.
      if (fieldVerdict("", field) === "hard") return [field, walk.visit(value, "hard", path, 0)];
      return [field, isSet(value) ? byType((type) => walk.visit(value, fieldVerdict(type, field), path, 0)) : value];
    }
    // Of an extra that arrives as one value no part can be told from another: all of it is secret.
    const isWhole = secretExtra || walk.isEventual(value) || !isGroup(value) || Array.isArray(value);
    if (isWhole) return [field, isSet(value) ? visitor.seal(value, path) : value];
    const judgeExtra = (key: string, item: unknown) => {
      if (!isSet(item)) return item;
      const always = judgeName(key);
      if (always === "hard") return walk.visit(item, always, [...path, key], 1);
      return byType((type) => walk.visit(item, extraVerdict(type, key), [...path, key], 1));
    };
    return [field, walk.visitMembers(value, path, judgeExtra)];
  };
  return Object.fromEntries(Object.entries(fields).map(visitField));
}

/** Paths of all secrets among a connection's fields, none of which lies below another. */
export function secretPaths(connType: string | undefined, fields: object, judging?: Judging): Path[] {
  const found: Path[] = [];
  const seal = (value: unknown, path: Path) => {
    found.push(path);
    return value;
  };
  visitSecrets(connType, fields, { seal }, judging);
  return found;
}

/** Whether a text is or holds a secret, also as text of JSON or base64 of it. */
export function holdsSecret(value: unknown, nesting = 0): boolean {
  if (typeof value !== "string" || value.length < 5) return false;
  const inner = nesting < MAX_NESTING ? jsonIn(value) : undefined;
  if (inner !== undefined) return groupHoldsSecret(inner, nesting + 1);
  if (textHoldsSecret(value)) return true;
  const encoded = nesting < MAX_NESTING ? textInBase64(value) : undefined;
  return encoded !== undefined && holdsSecret(encoded, nesting + 1);
}

/** So often a text of JSON within a text of JSON is opened. */
const MAX_NESTING = 3;

function groupHoldsSecret(group: unknown, nesting: number): boolean {
  let isFound = false;
  const seal = () => {
    isFound = true;
  };
  new Walk({ seal }, nesting).visit(group, "open", [], 0);
  return isFound;
}

/** The object or list that a text is in JSON. */
function jsonIn(text: string): object | undefined {
  const begin = text.slice(0, 100).trimStart();
  return /^[[{]/.test(begin) ? parsed(text) : undefined;
}

/** The text that another one is in base64, of whichever alphabet: service accounts, kubeconfigs and registry logins are passed on so. */
function textInBase64(text: string): string | undefined {
  if (text.length < 24 || !/^[A-Za-z0-9+/_-]{16}[A-Za-z0-9+/_\-\s]*={0,2}\s*$/.test(text)) return undefined;
  const decoded = Buffer.from(text, "base64").toString("utf8");
  // Bytes of anything else are hardly ever printable from end to end.
  return /^[\t\r\n\x20-\x7e\u00a0-\ud7ff]+$/.test(decoded) ? decoded : undefined;
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isGroup(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

class Walk {
  constructor(
    private readonly visitor: Visitor,
    private readonly nesting = 0,
  ) {}

  isEventual(value: unknown): boolean {
    return this.visitor.isEventual?.(value) ?? false;
  }

  later(value: unknown, judge: (known: unknown) => unknown): unknown {
    return this.visitor.later?.(value, judge);
  }

  visit(value: unknown, name: NameVerdict, path: Path, depth: number): unknown {
    if (!isSet(value)) return value;
    const exception = this.visitor.exception?.(value, path);
    if (exception === "leave") return value;
    if (exception === "seal" || name === "hard" || depth > MAX_DEPTH) return this.visitor.seal(value, path);
    if (this.isEventual(value)) return this.later(value, (known) => this.visitKnown(known, name, path, depth));
    if (typeof value === "string")
      return isSecretText(value, name, this.nesting) ? this.visitor.seal(value, path) : value;
    if (!isGroup(value)) return value;
    if (name === "soft" && Object.keys(value).length > 0) return this.visitor.seal(value, path);
    if (Array.isArray(value)) return this.visitList(value, path, depth);
    // A private JSON Web Key: its parts have names of one letter.
    if ("kty" in value && ("d" in value || "k" in value)) return this.visitor.seal(value, path);
    const paired = pairedName(value);
    return this.visitMembers(value, path, (key, item) =>
      this.visit(
        item,
        paired !== undefined && PAIR_VALUES.has(key.toLowerCase()) ? judgeName(paired) : judgeName(key),
        [...path, key],
        depth + 1,
      ),
    );
  }

  /** One output cannot be secret in parts: an object or a list that arrives as one is secret as a whole. */
  private visitKnown(known: unknown, name: NameVerdict, path: Path, depth: number): unknown {
    const isPlainGroup = isGroup(known) && this.visitor.exception?.(known, path) === undefined;
    return isPlainGroup && Object.keys(known).length > 0
      ? this.visitor.seal(known, path)
      : this.visit(known, name, path, depth);
  }

  visitMembers(group: object, path: Path, judge: (key: string, item: unknown) => unknown): unknown {
    // Keys cannot be sealed: `{ "https://user:password@host": "proxy" }` is secret as a whole.
    if (Object.keys(group).some((key) => holdsSecret(key, MAX_NESTING))) return this.visitor.seal(group, path);
    const entries = Object.entries(group) as [string, unknown][];
    return Object.fromEntries(entries.map(([key, item]) => [key, judge(key, item)]));
  }

  private visitList(list: unknown[], path: Path, depth: number): unknown {
    return list.map((item, at) => {
      const before: unknown = list[at - 1];
      const isValueOf =
        typeof before === "string" && (/^--?[a-z]/i.test(before) || (list.length === 2 && typeof path.at(-1) === "number"));
      const name = isValueOf && typeof item === "string" && judgeName(before) === "hard" ? "hard" : "open";
      return this.visit(item, name, [...path, at], depth + 1);
    });
  }
}

/** The name in a pair such as `{ name: "PASSWORD", value: "…" }`. */
function pairedName(group: object): string | undefined {
  if (!Object.keys(group).some((key) => PAIR_VALUES.has(key.toLowerCase()))) return undefined;
  const name = Object.entries(group).find(
    ([key, item]) => PAIR_NAMES.has(key.toLowerCase()) && typeof item === "string",
  );
  return name?.[1] as string | undefined;
}
const PAIR_VALUES = new Set(["value", "val"]);
const PAIR_NAMES = new Set(["name", "key", "header", "field", "option", "property", "variable", "env"]);

function isSecretText(text: string, name: NameVerdict, nesting: number): boolean {
  return (name === "soft" && !SAYS_NOTHING.test(text)) || holdsSecret(text, nesting);
}

/** Texts that are no secret under a name that is only likely to be one: yes or no, a small number, a way to log in. */
const SAYS_NOTHING =
  /^\s*(?:|[\w.-]+@[\w.-]+\.gserviceaccount\.com|true|false|yes|no|on|off|none|null|\d{1,6}|any|basic|bearer|cert|certs|certificate|credssp|custom|digest|gssapi|iam|jwt|kerberos|ldap|negotiate|noauth|nosasl|ntlm|oauth2?|plain|sso|saml|token)\s*$/i;

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function isGroup(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
