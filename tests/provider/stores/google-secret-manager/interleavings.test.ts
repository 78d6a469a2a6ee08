import { expect } from "chai";
import { StaleVersionError } from "../../../../provider/errors";
import { googleDocuments, type GoogleDocuments } from "../../../../provider/stores/google-secret-manager/documents";
import { decodeEntry, type Entry } from "../../../../provider/stores/google-secret-manager/entry";
import type { IndexTiming } from "../../../../provider/stores/google-secret-manager/index-log";
import { documentSecret, indexSecret } from "../../../../provider/stores/google-secret-manager/names";
import { explore, type Explored, type Gates, type System } from "../../../fakes/explore";
import { instantClock } from "../../../fakes/instant-clock";
import { atOnce, MemoryVersions } from "./memory-versions";

const KEY = "w/c";
const LOG = documentSecret("p", KEY);
const INDEX = indexSecret("p");

/** What a process did: a test asks about it at any time. */
interface Report {
  /** Versions that a `put` returned. */
  put: string[];
  /** What a `find` or `list` returned, with how far the log was accepted when it began. */
  found: { version: string | undefined; from: number }[];
  /** Where `metadata` did not show what had returned before it began. */
  missed: string[];
}

interface Context {
  documents: GoogleDocuments;
  report: Report;
  world: MemoryVersions;
  /** Versions that some `put` returned so far, by key; deleted ones are undefined. */
  written: Map<string, string | undefined>;
}

interface Writer {
  name: string;
  run(context: Context): Promise<unknown>;
}

interface Scenario {
  what: string;
  /** Which secrets' calls are taken in any order; those of the others take effect at once. */
  gated: string[];
  snapshotAfter?: number;
  setUp?(admin: GoogleDocuments): Promise<unknown>;
  writers: Writer[];
  crashes?: number;
  /** Takes a minute or more: with INTERLEAVINGS=all only. */
  slow?: boolean;
}

/** The accepted versions in order: what the protocol is about, judged from all that was ever written. */
function accepted(world: MemoryVersions): Entry[] {
  const chain: Entry[] = [];
  for (const [at, { data }] of (world.secrets.get(LOG) ?? []).entries()) {
    const entry = decodeEntry(data, at + 1, KEY, LOG)!;
    if (entry.ancestors[0]?.id === chain.at(-1)?.id) chain.push(entry);
  }
  return chain;
}

const versionOf = ({ n, id }: Entry): string => `${n}.${id}`;

function timing(snapshotAfter: number): IndexTiming {
  return { gatherMs: 0, paceMs: 0, snapshotAfter, clock: instantClock() };
}

async function systemOf({ gated, snapshotAfter = 1000, setUp, writers }: Scenario): Promise<System> {
  const world = new MemoryVersions();
  let ids = 0;
  await setUp?.(googleDocuments(world.calls(atOnce), "p", timing(snapshotAfter), () => `admin${++ids}`));
  const reports = new Map<string, Report>();
  const written = new Map<string, string | undefined>();

  const secretOf = (label: string): string => label.split(" ")[1] ?? "";
  const state = (secret: string): string =>
    JSON.stringify((world.secrets.get(secret) ?? ["none"]).map((v) => (typeof v === "string" ? v : digestOf(v))));
  return {
    actors: writers.map(({ name, run }) => {
      let generation = 0;
      return {
        name,
        start(gates: Gates) {
          const alive = name + "'".repeat(generation++);
          let made = 0;
          const calls = world.calls(async (label, effect) => {
            if (!gated.includes(secretOf(label))) return effect();
            await gates.before(label);
            const result = effect();
            await gates.after(label);
            return result;
          });
          const documents = googleDocuments(calls, "p", timing(snapshotAfter), () => `${alive}${++made}`);
          const report: Report = { put: [], found: [], missed: [] };
          reports.set(name, report);
          return run({ documents, report, world, written }).catch((error: unknown) => {
            if (!(error instanceof StaleVersionError)) throw error;
          });
        },
      };
    }),
    isWrite: (label) => /^(add|create|destroy) /.test(label),
    overlap: (a, b) => {
      const [[callA, secretA, numberA], [callB, secretB, numberB]] = [a.split(" "), b.split(" ")];
      if (secretA !== secretB) return false;
      // Two destructions, or a destruction and a read, of different versions.
      const byNumber = numberA !== undefined && numberB !== undefined;
      return !byNumber || numberA === numberB || (callA === "add") !== (callB === "add");
    },
    stateSeenBy: (label) => {
      const [call, secret = "", number] = label.split(" ");
      const versions = world.secrets.get(secret);
      if (call === "add") return `${versions?.length}`;
      if (call === "create") return `${versions !== undefined}`;
      if (call === "destroy") return "";
      const version = versions?.[Number(number) - 1];
      return version === undefined ? "absent" : digestOf(version);
    },
    sharedState: () =>
      gated.map(state).join("|") +
      [LOG, INDEX]
        .filter((one) => !gated.includes(one))
        .map(state)
        .join("|"),
    check(returned, isOver) {
      for (const [, { error }] of returned) if (error) throw error;
      const chain = accepted(world);
      const versions = chain.map(versionOf);
      const log = world.secrets.get(LOG) ?? [];
      const current = chain.at(-1);
      if (current && log[current.n - 1]!.destroyed) throw new Error("the current version is destroyed");
      for (const { put, found, missed } of reports.values()) {
        if (missed.length > 0) throw new Error(missed.join());
        for (const version of put) if (!versions.includes(version)) throw new Error(`${version} returned, but lost`);
        for (const { version, from } of found) {
          const at = version === undefined ? -1 : versions.indexOf(version);
          const gone = chain.map(({ text }) => text === undefined);
          if (version === undefined) {
            const wasAbsent = from === 0 || gone.some((isGone, index) => isGone && index >= from - 1);
            if (!wasAbsent) throw new Error("a reader saw nothing where something was");
          } else if (at < from - 1) throw new Error(`a reader saw ${version}, older than at its begin`);
        }
      }
      if (!isOver) return;
      expect(new Set(chain.map(({ ancestors }) => ancestors[0]?.id)).size).to.equal(chain.length);
    },
  };
}

function digestOf({ data, destroyed }: { data: Buffer; destroyed: boolean }): string {
  return destroyed ? "destroyed" : data.toString("latin1");
}

const finder = async ({ documents, report, world }: Context): Promise<string | undefined> => {
  const from = accepted(world).length;
  const version = (await documents.find(KEY))?.version;
  report.found.push({ version, from });
  return version;
};

const lister = async ({ documents, report, world }: Context): Promise<void> => {
  const from = accepted(world).length;
  const [row] = await documents.rows("w/");
  const found = row === undefined ? undefined : await documents.findListed(row);
  report.found.push({ version: found?.version, from });
};

const put = async (context: Context, expected: string | undefined): Promise<string> => {
  const version = await context.documents.put(KEY, "text", "{}", expected);
  context.report.put.push(version);
  return version;
};

const creator = (name: string): Writer => ({ name, run: (context) => put(context, undefined) });
const reader = (name: string): Writer => ({ name, run: finder });
/** Reads, and writes over what it read, so many times. */
const updater = (name: string, times: number): Writer => ({
  name,
  async run(context) {
    let version = await finder(context);
    for (let i = 0; i < times; i++) version = await put(context, version);
  },
});
const deleter = (name: string): Writer => ({
  name,
  async run(context) {
    const version = await finder(context);
    if (version === undefined) return;
    await context.documents.remove(KEY, version);
    const chain = accepted(context.world);
    if (!chain.some(({ text }) => text === undefined)) throw new Error("deleted, but nothing says so");
  },
});

/** Makes a document of its own, changes it so many times, and deletes it if so asked. */
const indexer = (key: string, times: number, deletes = false): Writer => ({
  name: key,
  async run({ documents, written }) {
    const before = await documents.find(`w/${key}`);
    let version = await documents.put(`w/${key}`, "text", "{}", before?.version);
    written.set(`w/${key}`, version);
    for (let i = 0; i < times; i++) {
      version = await documents.put(`w/${key}`, "text", `{"i":${i}}`, version);
      written.set(`w/${key}`, version);
    }
    if (!deletes) return;
    await documents.remove(`w/${key}`, version);
    written.set(`w/${key}`, undefined);
  },
});
const metadataReader = (name: string): Writer => ({
  name,
  async run({ documents, written, report }) {
    const before = new Map(written);
    const listed = new Map((await documents.metadata("w/")).map(({ key, version }) => [key, version]));
    for (const [key, version] of before) {
      const seen = listed.get(key);
      const isOld =
        version === undefined ? seen !== undefined : seen === undefined || numberOf(seen) < numberOf(version);
      if (isOld) report.missed.push(`metadata shows ${seen} of ${key}, and ${version} was written before`);
    }
  },
});
const numberOf = (version: string): number => Number(version.split(".")[0]);

/** Three versions, of which the first is pruned already. */
async function wellUsed(admin: GoogleDocuments): Promise<void> {
  let version = await admin.put(KEY, "one", "{}", undefined);
  for (const text of ["two", "three"]) version = await admin.put(KEY, text, "{}", version);
}

const scenarios: Scenario[] = [
  { what: "three creators", gated: [LOG], writers: [creator("a"), creator("b"), creator("c")] },
  {
    what: "two writers of a log that is pruned",
    gated: [LOG],
    setUp: wellUsed,
    writers: [updater("a", 1), updater("b", 2)],
  },
  {
    what: "two writers of a log that is pruned, one of them twice, and a reader",
    gated: [LOG],
    setUp: wellUsed,
    writers: [updater("a", 1), updater("b", 2), reader("r")],
    slow: true,
  },
  {
    what: "a creator, a deleter and one who lists",
    gated: [LOG],
    setUp: (admin) => admin.put(KEY, "one", "{}", undefined),
    writers: [deleter("d"), creator("c"), { name: "l", run: lister }],
  },
  {
    what: "a creator, and one who lists, with an index that is not in step",
    gated: [LOG, INDEX],
    writers: [creator("c"), { name: "l", run: lister }],
    slow: true,
  },
  {
    what: "two writers of an index that is always made shorter",
    gated: [INDEX],
    snapshotAfter: 2,
    writers: [indexer("a", 0), indexer("b", 0), metadataReader("m")],
    crashes: 0,
  },
  {
    what: "a writer of an index that is always made shorter, who dies, and a reader",
    gated: [INDEX],
    snapshotAfter: 2,
    writers: [indexer("a", 0), metadataReader("m")],
  },
  {
    what: "two writers of an index that is always made shorter, and die",
    gated: [INDEX],
    snapshotAfter: 2,
    writers: [indexer("a", 0), indexer("b", 0)],
    slow: true,
  },
  {
    what: "three writers of an index that is always made shorter, and a deletion in it",
    gated: [INDEX],
    snapshotAfter: 2,
    writers: [indexer("a", 0, true), indexer("b", 0), indexer("c", 0)],
    slow: true,
  },
  {
    what: "three writers of one version",
    gated: [LOG],
    setUp: (admin) => admin.put(KEY, "one", "{}", undefined),
    writers: [updater("a", 1), updater("b", 1), updater("c", 1)],
    slow: true,
  },
  {
    what: "a deleter, a writer and a creator",
    gated: [LOG],
    setUp: (admin) => admin.put(KEY, "one", "{}", undefined),
    writers: [deleter("d"), updater("a", 1), creator("c")],
  },
];

describe("interleavings of Google's log of versions", function () {
  this.timeout(600_000);
  const isWanted = ({ slow = false }: Scenario): boolean => !slow || process.env["INTERLEAVINGS"] === "all";
  for (const scenario of scenarios.filter(isWanted)) {
    it(scenario.what, async () => {
      const explored: Explored = await explore(() => systemOf(scenario), scenario.crashes ?? 1);
      if (process.env["SHOW"]) process.stderr.write(`${scenario.what}: ${JSON.stringify(explored)}\n`);
      expect(explored.ends).to.be.greaterThan(1);
    });
  }
});
