/** One installed or required Python package. */
export interface Requirement {
  /** Normalised after PEP 503. */
  readonly name: string;
  /** Normalised like names. */
  readonly extras: readonly string[];
  /** PEP 440 version specifiers such as `>=6,<7`; empty when there are none, or none that can be read. */
  readonly specifier: string;
}

/** What a requirements file says, without anything that may hold a login. */
export interface Requirements {
  /** Normalised lines of name, extras and version specifiers, such as `apache-airflow[celery]==3.1.8`; in order. */
  readonly requirements: string[];
  /** Paths of the files that `-r` includes, as written: relative to the file that was read. Never URLs. */
  readonly includes: string[];
  /** Other lines that are neither blank nor comment: options, constraints, URLs that name no package, what pip refuses. */
  readonly ignored: number;
}

type Line =
  | { readonly requirement: Requirement }
  | { readonly include: string }
  /** `blank` may be skipped without a word. */
  | "blank"
  | "ignored";

const NAME = "[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?";
const NAMED = new RegExp(`^(${NAME}) ?(?:\\[([^\\]]*)\\])? ?(.*)$`);
const IS_NAME = new RegExp(`^${NAME}$`);
const CLAUSE = /^(~=|===?|!=|<=?|>=?) ?([vV]?\d[A-Za-z0-9.*+!_-]*)$/;
/** File name of a wheel (PEP 427) or of a source archive: the name ends where the version begins. */
const ARCHIVE = new RegExp(`^(${NAME})-\\d[^-]*(?:-.*\\.whl|\\.tar\\.(?:gz|bz2)|\\.tgz|\\.zip)$`);

/**
 * Reads a requirements file in pip's format: continued lines, comments, options, includes, PEP 508 requirements,
 * wheels and archives by path or URL, and VCS URLs. Of each only the package's name, extras and versions are kept;
 * a marker (`; python_version < "3"`) is dropped, its package counts as installed.
 *
 * @see https://pip.pypa.io/en/stable/reference/requirements-file-format/
 */
export function parseRequirements(text: string): Requirements {
  const requirements: string[] = [];
  const includes: string[] = [];
  let ignored = 0;
  for (const line of logicalLines(text).map(readLine)) {
    if (line === "ignored") ignored++;
    else if (line === "blank") continue;
    else if ("include" in line) includes.push(line.include);
    else requirements.push(formatRequirement(line.requirement));
  }
  return { requirements, includes, ignored };
}

/**
 * Reads one line of a requirements file.
 *
 * @returns `undefined` for blank lines, comments, options, and URLs that name no package.
 */
export function parseRequirement(line: string): Requirement | undefined {
  const read = readLine(line);
  return typeof read === "object" && "requirement" in read ? read.requirement : undefined;
}

/** PEP 503: lower case, runs of `-`, `_`, `.` are one `-`. */
export const normaliseName = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, "-");

function formatRequirement({ name, extras, specifier }: Requirement): string {
  return `${name}${extras.length > 0 ? `[${extras.join(",")}]` : ""}${specifier}`;
}

/** Joins lines that end in a backslash, as pip does: a comment line ends the line before, its own backslash is text. */
function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let begun = "";
  for (const line of text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/)) {
    const isComment = /^\s*#/.test(line);
    if (line.endsWith("\\") && !isComment) {
      begun += line.slice(0, -1);
    } else {
      lines.push(begun + (isComment ? ` ${line}` : line));
      begun = "";
    }
  }
  return begun === "" ? lines : [...lines, begun];
}

function readLine(line: string): Line {
  const text = line
    .replace(/(^|\s)#.*$/, "")
    .replace(/\s+/g, " ")
    .trim();
  if (text === "") return "blank";
  const include = /^(?:-r ?|--requirement[ =])(.+)$/.exec(text)?.[1];
  if (include !== undefined) return readInclude(include);
  const editable = /^(?:-e ?|--editable[ =])(.+)$/.exec(text)?.[1];
  if (editable !== undefined) return byAddress(editable);
  if (text.startsWith("-")) return "ignored";
  return byName(text) ?? byAddress(text);
}

function readInclude(path: string): Line {
  const bare = path.trim().replace(/^(["'])(.*)\1$/, "$2");
  return bare.includes("://") ? "ignored" : { include: bare };
}

/** `name[extra]>=1 ; marker --option`, or `name @ URL`. */
function byName(text: string): Line | undefined {
  const [, name = "", extras, tail = ""] = NAMED.exec(text) ?? [];
  if (name === "" || ARCHIVE.test(text)) return undefined;
  if (/^@ ?(?:[A-Za-z][A-Za-z0-9+.-]*:\/\/|file:)/.test(tail)) return found(name, extras, "");
  const versions = tail.replace(/(?: ?;.*|(?:^| )--?[a-z].*)$/, "").replace(/^\((.*)\)$/, "$1");
  if (versions !== "" && !/^[=<>!~]/.test(versions)) return undefined;
  const clauses = versions.split(",").map((clause) => CLAUSE.exec(clause.trim()));
  // `==${VERSION}` and the like: the package is known, its version is not.
  return found(name, extras, clauses.map((clause) => (clause ? `${clause[1]}${clause[2]}` : "")).join(","));
}

/** The name in `#egg=name[extra]`, or in the file name of a wheel or archive. */
function byAddress(text: string): Line {
  const [address = "", fragment = ""] = text.split(/#(.*)/s);
  const egg = fragment.split("&").find((part) => part.startsWith("egg="));
  const [, name, extras] = new RegExp(`^egg=(${NAME})(?:\\[([^\\]]*)\\])?(?: |;|$)`).exec(egg ?? "") ?? [];
  if (name !== undefined) return found(name, extras, "");
  const file = address
    .replace(/[ ;?].*$/, "")
    .split(/[/\\]/)
    .pop();
  const archived = ARCHIVE.exec(file ?? "")?.[1];
  return archived === undefined ? "ignored" : found(archived, undefined, "");
}

function found(name: string, extras: string | undefined, specifier: string): Line {
  const names = (extras ?? "").split(",").map((extra) => extra.trim());
  return {
    requirement: {
      name: normaliseName(name),
      extras: names.filter((extra) => IS_NAME.test(extra)).map(normaliseName),
      specifier: /(^|,)(,|$)/.test(specifier) ? "" : specifier,
    },
  };
}
