/** Where a value lies in a structure: keys of objects, positions in lists. A key may hold any character. */
export type Path = readonly (string | number)[];

/** A key that needs no quotes in a path for people. */
const PLAIN_KEY = /^[^.:[\]"\s]+$/;

/** A path for people: `extra.sslmode`, `extra["fs:s3a.key"]`, `extra.hosts[0]`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    if (!PLAIN_KEY.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text === "" ? key : `${text}.${key}`;
  }, "");
}

/** Whether a path is another one or lies below it. */
export function isWithin(path: Path, ancestor: Path): boolean {
  return ancestor.every((key, at) => path[at] === key);
}

/** Whether two paths lead to the same place. */
export function isSamePath(a: Path, b: Path): boolean {
  return a.length === b.length && isWithin(a, b);
}

/** Paths in the order of their texts. */
export function byText(a: Path, b: Path): number {
  const [left, right] = [pathText(a), pathText(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
