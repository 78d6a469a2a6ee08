import * as z from "zod";

import { InputError, type InputProblem } from "../../errors";
import { pathText } from "../../path";

type Shape = Record<string, z.ZodType>;
type Values<S extends Shape> = z.output<z.ZodObject<S>>;

/** How addresses of one kind of store are written. */
export interface AddressForm<P extends Shape, Q extends Shape> {
  /** A whole address to imitate; its scheme is the store's. */
  example: string;
  /** What stands in for a login and a port in the address, for the message that refuses them. */
  instead: string;
  /** What stands before the `?`, named as in `options`. */
  parts: P;
  read(url: URL): Record<keyof P, string>;
  /** Parameters after the `?`. Every rule carries its own message: it follows the parameter's name. */
  query: Q;
}

/**
 * Reads a store's address; touches neither network, files nor environment.
 *
 * @throws InputError with one problem for each part that is wrong, as `store.region`; never with a login in it.
 */
export function parseAddress<P extends Shape, Q extends Shape>(
  form: AddressForm<P, Q>,
  address: string,
): Values<P> & Values<Q> {
  const [scheme = ""] = form.example.split("//", 1);
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== scheme || !address.startsWith(`${scheme}//`) || url.hash !== "") {
    throw wrong(form, [{ path: ["store"], reason: `must look like ${form.example}` }]);
  }
  if (url.username !== "" || url.password !== "" || url.port !== "") {
    throw wrong(form, [{ path: ["store"], reason: `must hold neither login nor port: ${form.instead}` }]);
  }
  const parts = z.object(form.parts).safeParse(form.read(url));
  const query = z.object(form.query).safeParse(Object.fromEntries(url.searchParams));
  const issues = [...(parts.error?.issues ?? []), ...(query.error?.issues ?? [])];
  const problems = [
    ...issues.map((issue) => ({ path: ["store", ...issue.path.map(String)], reason: issue.message })),
    ...namesOf(url, Object.keys(form.query)),
  ];
  if (problems.length > 0 || !parts.success || !query.success) throw wrong(form, problems);
  return { ...parts.data, ...query.data };
}

/** A parameter that is `true` or `false`; false when it is left out. */
export const flag = () =>
  z
    .enum(["true", "false"], "must be true or false")
    .default("false")
    .transform((text) => text === "true");

/** A parameter that is a whole number. @param byDefault - its value when it is left out. */
export function wholeNumber(min: number, max: number, byDefault: number) {
  const rule = `must be a whole number from ${String(min)} to ${String(max)}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, { error: rule, abort: true })
    .transform(Number)
    .refine((number) => number >= min && number <= max, rule)
    .default(byDefault);
}

/** A parameter that is one of these words. */
export const oneOf = <const T extends string>(words: readonly T[]) =>
  z.enum(words, `must be one of ${words.join(", ")}`).optional();

/** A part that is matched whole, with the rule in words. */
export const text = (pattern: RegExp, maxLength: number, rule: string) =>
  z
    .string()
    .max(maxLength, `must have at most ${String(maxLength)} characters`)
    .regex(pattern, rule);

/** A parameter that is the address of a server: neither login, query nor a slash at its end. */
export const serverUrl = (example: string) =>
  z
    .url({ protocol: /^https?$/, error: `must be a URL such as ${example}`, abort: true })
    .refine((url) => {
      const { username, password, search, hash } = new URL(url);
      return username === "" && password === "" && search === "" && hash === "";
    }, "must hold neither credentials nor a query")
    .transform((url) => url.replace(/\/+$/, ""))
    .optional();

/** A misspelt parameter must not pass unseen, nor one of two values win. */
function namesOf(url: URL, known: string[]): InputProblem[] {
  const names = [...url.searchParams.keys()];
  const strange = [...new Set(names.filter((name) => !known.includes(name)))];
  const twice = [...new Set(names.filter((name, index) => known.includes(name) && names.indexOf(name) < index))];
  return [
    ...strange.map((name) => ({
      path: ["store"],
      reason: `${label(name)} is no parameter of this kind of store (credentials come from the environment, never from the address)`,
    })),
    ...twice.map((name) => ({ path: ["store", name], reason: "is given twice" })),
  ];
}

/** A name that looks like none may be a secret. */
function label(name: string): string {
  return /^[A-Za-z][A-Za-z0-9_]{0,30}$/.test(name) ? `"${name}"` : "one of the names after the ?";
}

function wrong(form: { example: string }, problems: InputProblem[]): InputError {
  const all = problems
    .map(({ path, reason }) => (path.length === 1 ? reason : `${pathText(path)} ${reason}`))
    .join("; ");
  return new InputError(`store address is wrong: ${all}; expected ${form.example}`, problems);
}
