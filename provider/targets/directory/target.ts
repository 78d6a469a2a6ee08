import { randomUUID } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { link, mkdir, readdir, readFile, realpath, rename } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { StaleVersionError } from "../../errors";
import { readEach } from "../read-each";
import type { Rendered, Target, TargetDriver, TargetMarks, TargetState } from "../target";
import { fileError, hasCode } from "./file-errors";
import { find, readIfPresent, readWithStat, syncFolder, unlinkIfPresent, writeDurably } from "./files";
import type { DirectoryOptions } from "./options";

/** What the hidden file beside `connections.json` holds; no secrets. */
interface Ownership extends TargetMarks {
  managedBy: typeof MANAGED_BY;
  /** Random for each write: the part of the version that changes even when bytes and clock do not. */
  writeId: string;
}

/** A reading, with what is needed to recognise the same file under another name. */
interface Snapshot {
  state: TargetState | undefined;
  content: { ino: bigint; size: bigint; mtimeNs: bigint } | undefined;
}

const MANAGED_BY = "pulumi-airflow-env";

/**
 * A file on disk, for Airflow's LocalFilesystemBackend.
 *
 * Compare-and-set without a lock, so that a killed writer holds up nobody: every writer (1) makes its temporary file,
 * (2) removes all others' temporary files, (3) compares the version, (4) renames its own. Of two writers at once the
 * later rename finds its temporary file gone, because the other's step 2 came before the other's step 4; or, when it
 * was made after that step 2, its own step 3 came too late or its own step 2 stopped the other. Both may lose, then
 * both start over. Step 2 is also what clears away what a killed writer left.
 */
class DirectoryTarget implements Target {
  readonly kind = "directory";
  readonly address: string;
  readonly maxBytes = Infinity;
  private readonly file: string;
  private readonly folder: string;
  private readonly ownershipFile: string;
  private readonly temporaryPrefix: string;

  constructor({ path, fileName }: DirectoryOptions) {
    this.folder = path.startsWith("~/") ? join(homedir(), path.slice(2)) : resolve(path);
    this.file = join(this.folder, fileName);
    this.address = `directory:${this.file}`;
    this.ownershipFile = join(this.folder, `.${fileName}.owner.json`);
    this.temporaryPrefix = `.${fileName}.tmp-`;
  }

  async read(): Promise<TargetState | undefined> {
    return this.explained(async () => (await this.snapshot()).state);
  }

  async write(rendered: Rendered, marks: TargetMarks, expected: TargetState | undefined): Promise<TargetState> {
    const ownership: Ownership = { managedBy: MANAGED_BY, ...marks, writeId: randomUUID() };
    return this.explained(() =>
      oneAtATime(this.file, async () => {
        await mkdir(this.folder, { recursive: true, mode: 0o700 });
        const temporary = this.temporaryFile();
        const temporaryOwnership = this.temporaryFile();
        try {
          await writeDurably(temporary, rendered.text);
          await writeDurably(temporaryOwnership, `${JSON.stringify(ownership, undefined, 2)}\n`);
          await this.removeTemporaryFiles([temporary, temporaryOwnership]);
          this.requireVersion(expected, await this.snapshot());
          // Marks first: content without marks would look like somebody else's after a crash.
          await this.renameOwn(temporaryOwnership, this.ownershipFile);
          await this.renameOwn(temporary, this.file);
        } catch (error) {
          await unlinkIfPresent(temporary);
          await unlinkIfPresent(temporaryOwnership);
          throw error;
        }
        await syncFolder(this.folder);
        return this.written(ownership, rendered.text, marks);
      }),
    );
  }

  async remove(expected: TargetState): Promise<void> {
    await this.explained(() =>
      oneAtATime(this.file, async () => {
        const before = await this.snapshot();
        if (before.state) this.requireVersion(expected, before);
        if (before.content)
          await this.takeAway(this.file, async (taken) => sameFile(before.content, await find(taken)));
        if (before.state?.marks) {
          await this.takeAway(this.ownershipFile, async (taken) => {
            const ownership = parseOwnership(await readFile(taken, "utf8"));
            return ownership !== undefined && expected.version.startsWith(`${ownership.writeId} `);
          });
        }
        await this.removeTemporaryFiles([]);
      }),
    );
  }

  /** Moves a file aside, looks whether it is the one to remove, and puts it back if not. */
  private async takeAway(file: string, isExpected: (taken: string) => Promise<boolean>): Promise<void> {
    const taken = this.temporaryFile();
    try {
      await rename(file, taken);
    } catch (error) {
      if (hasCode(error, "ENOENT")) return;
      throw error;
    }
    if (!(await isExpected(taken))) {
      try {
        await link(taken, file);
      } catch (error) {
        // A third writer has put a newer one there.
        if (!hasCode(error, "EEXIST")) throw error;
      }
      await unlinkIfPresent(taken);
      throw this.stale();
    }
    await unlinkIfPresent(taken);
    await syncFolder(this.folder);
  }

  private async snapshot(): Promise<Snapshot> {
    const ownership = parseOwnership(await readIfPresent(this.ownershipFile));
    const found = await readWithStat(this.file);
    if (!ownership && !found) return { state: undefined, content: undefined };
    const version = `${ownership?.writeId ?? "-"} ${found ? stamp(found.stats) : "-"}`;
    const objectId = await realpath(this.folder).then((folder) => join(folder, basename(this.file)));
    const marks = ownership && marksOf(ownership);
    return { state: { version, text: found?.text, marks, objectId }, content: found?.stats };
  }

  /** The state right after our rename, without reading a file that others may have replaced since. */
  private async written(ownership: Ownership, text: string, marks: TargetMarks): Promise<TargetState> {
    const { state } = await this.snapshot();
    if (state?.version.startsWith(`${ownership.writeId} `) && state.text === text) return state;
    return { ...state, version: `${ownership.writeId} overwritten`, text, marks };
  }

  private requireVersion(expected: TargetState | undefined, actual: Snapshot): void {
    if (expected?.version !== actual.state?.version) throw this.stale();
  }

  private stale(): StaleVersionError {
    return new StaleVersionError(`${this.address}: somebody else changed it meanwhile; read it again`);
  }

  private async renameOwn(temporary: string, file: string): Promise<void> {
    try {
      await rename(temporary, file);
    } catch (error) {
      // Removed by a concurrent writer.
      if (hasCode(error, "ENOENT")) throw this.stale();
      throw error;
    }
  }

  private temporaryFile(): string {
    return join(this.folder, `${this.temporaryPrefix}${randomUUID()}`);
  }

  private async removeTemporaryFiles(own: string[]): Promise<void> {
    const names = await readdir(this.folder).catch((error: unknown) => {
      if (hasCode(error, "ENOENT")) return [];
      throw error;
    });
    const temporary = names
      .filter((name) => name.startsWith(this.temporaryPrefix))
      .map((name) => join(this.folder, name));
    const others = temporary.filter((file) => !own.includes(file));
    await Promise.all(others.map(unlinkIfPresent));
  }

  private async explained<T>(operation: () => Promise<T>): Promise<T> {
    try {
      return await operation();
    } catch (error) {
      throw error instanceof StaleVersionError ? error : fileError(this.file, error);
    }
  }
}

/** Opens `directory` targets. */
export const directoryDriver = {
  kind: "directory",
  open: (options: DirectoryOptions): Target => new DirectoryTarget(options),
  readMany: readEach,
} satisfies TargetDriver<DirectoryOptions>;

/** Writers of one file in this process, in turn: they would only make each other start over. */
const queues = new Map<string, Promise<unknown>>();

async function oneAtATime<T>(file: string, operation: () => Promise<T>): Promise<T> {
  const before = queues.get(file) ?? Promise.resolve();
  const mine = before.then(operation, operation);
  queues.set(file, mine);
  try {
    return await mine;
  } finally {
    if (queues.get(file) === mine) queues.delete(file);
  }
}

function stamp(stats: BigIntStats): string {
  return `${stats.ino}-${stats.size}-${stats.mtimeNs}-${stats.ctimeNs}`;
}

function sameFile(a: Snapshot["content"], b: Snapshot["content"]): boolean {
  // Not ctime: moving the file aside changed it.
  return a !== undefined && b !== undefined && a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs;
}

function parseOwnership(text: string | undefined): Ownership | undefined {
  if (text === undefined) return undefined;
  let parsed: Partial<Ownership> | null;
  try {
    parsed = JSON.parse(text) as Partial<Ownership> | null;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return parsed?.managedBy === MANAGED_BY && typeof parsed.writeId === "string" ? (parsed as Ownership) : undefined;
}

function marksOf({ workspace, workspaceUid, deployment, owner }: Ownership): TargetMarks {
  return { workspace, workspaceUid, deployment, owner };
}
