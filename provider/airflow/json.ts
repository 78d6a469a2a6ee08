/**
 * JSON text that is the same for equal values: keys sorted by UTF-16 code unit at every level, no spaces, ASCII only.
 *
 * ASCII because Airflow opens the file in the locale's encoding, which is not UTF-8 in every image. Written as text,
 * not through a sorted copy, so that a key such as `__proto__` or `10` keeps its place.
 *
 * @param value - accepted by `validateConnection`; anything that JSON cannot carry throws a TypeError without the value.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return jsonString(value);
  if (typeof value === "number" && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${Array.from(value, canonicalJson).join(",")}]`;
  if (typeof value === "object") {
    const members = Object.entries(value)
      .sort(([a], [b]) => compareKeys(a, b))
      .map(([key, member]) => `${jsonString(key)}:${canonicalJson(member)}`);
    return `{${members.join(",")}}`;
  }
  throw new TypeError(`a value of type ${typeof value} cannot be written as JSON`);
}

/** Order of keys and ids, independent of the locale. */
export function compareKeys(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** One JSON string, ASCII only. */
export function jsonString(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
