import { randomUUID } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { link, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { type Rendered, sameTexts, textsOf } from "../../airflow/file";
import { mapConcurrently } from "../../concurrency";
import { ConflictError, StaleVersionError } from "../../errors";
import { readEach } from "../read-each";
import type { Target, TargetDriver, TargetMarks, TargetState } from "../target";
import { fileError, hasCode } from "./file-errors";
import { find, readIfPresent, readWithStat, sameFile, stamp, syncFolder, unlinkIfPresent, writeDurably } from "./files";
import { folderId, folderOf, identityOf, makeFolder, requirePrivateFolder } from "./folder";
import { oneAtATime } from "./one-at-a-time";
import { directoryFileName, type DirectoryOptions } from "./options";
import { marksOf, ownershipOf, ownershipText, type Ownership, parseOwnership } from "./ownership";

/** A reading, with what is needed to recognise the same files under another name. */
interface Snapshot {
  state: TargetState | undefined;
  connections: BigIntStats | undefined;
  /** The file with our Variables, under the name that it had when it was written. */
  variables: { file: string; stats: BigIntStats } | undefined;
}

/**
 * Files on disk, for Airflow's LocalFilesystemBackend.
 *
 * Compare-and-set without a lock, so that a killed writer holds up nobody: every writer (1) makes its temporary files,
 * (2) removes all others' temporary files, (3) compares the version, (4) renames its own. Of two writers at once the
 * later rename finds its temporary file gone, because the other's step 2 came before the other's step 4; or, when it
 * was made after that step 2, its own step 3 came too late or its own step 2 stopped the other. Both may lose, then
 * both start over. Step 2 is also what clears away what a killed writer left.
 *
 * A reader may see the new connections a moment before the new Variables, or without them after a crash: the version
 * covers all files, so the next comparison shows it.
 */
class DirectoryTarget implements Target {
  readonly kind = "directory";
  readonly address: string;
  readonly group = "disk";
  readonly maxBytes = Infinity;
  private readonly folder: string;
  private readonly file: string;
  private readonly variablesFile: string;
  private readonly ownershipFile: string;
  private readonly temporaryPrefix: string;

  constructor(private readonly options: DirectoryOptions) {
    const { path, fileName, variablesFileName } = options;
    this.folder = folderOf(path);
    this.file = join(this.folder, fileName);
    this.variablesFile = join(this.folder, variablesFileName);
    this.address = `directory:${this.file}`;
    this.ownershipFile = join(this.folder, `.${fileName}.owner.json`);
    this.temporaryPrefix = `.${fileName}.tmp-`;
  }

  async identity(): Promise<readonly string[]> {
    return this.explained(async () => [this.kind, ...(await identityOf(this.folder)), this.options.fileName]);
  }

  async read(): Promise<TargetState | undefined> {
    return this.explained(async () => {
      await requirePrivateFolder(this.folder);
      return (await this.snapshot()).state;
    });
  }

  async write(rendered: Rendered, marks: TargetMarks, expected: TargetState | undefined): Promise<TargetState> {
    const { connections, variables } = rendered;
    const ownership = ownershipOf(marks, randomUUID(), variables && this.options.variablesFileName);
    return this.explained(() =>
      oneAtATime(this.file, async () => {
        await requirePrivateFolder(this.folder);
        await makeFolder(this.folder);
        // Marks first: content without marks would look like somebody else's after a crash.
        const contents = [
          { file: this.ownershipFile, text: ownershipText(ownership) },
          ...(variables ? [{ file: this.variablesFile, text: variables.text }] : []),
          { file: this.file, text: connections.text },
        ].map((content) => ({ ...content, temporary: this.temporaryFile() }));
        try {
          await mapConcurrently(contents, contents.length, ({ temporary, text }) => writeDurably(temporary, text));
          await this.removeTemporaryFiles(contents.map(({ temporary }) => temporary));
          const before = await this.snapshot();
          this.requireVersion(expected, before.state);
          if (variables) await this.requireVariablesFree(before);
          for (const { temporary, file } of contents) await this.renameOwn(temporary, file);
          const left = before.state?.marks && before.variables;
          if (left && !(variables && left.file === this.variablesFile))
            await this.takeAway(left.file, async (taken) => sameFile(left.stats, await find(taken)));
        } catch (error) {
          for (const { temporary } of contents) await unlinkIfPresent(temporary);
          throw error;
        }
        await syncFolder(this.folder);
        return this.written(ownership, rendered, marks);
      }),
    );
  }

  async remove(expected: TargetState): Promise<void> {
    await this.explained(() =>
      oneAtATime(this.file, async () => {
        await requirePrivateFolder(this.folder);
        const { state, connections, variables } = await this.snapshot();
        if (state) this.requireVersion(expected, state);
        if (connections) await this.takeAway(this.file, async (taken) => sameFile(connections, await find(taken)));
        if (state?.marks && variables)
          await this.takeAway(variables.file, async (taken) => sameFile(variables.stats, await find(taken)));
        if (state?.marks)
          await this.takeAway(this.ownershipFile, async (taken) => {
            const ownership = parseOwnership(await readIfPresent(taken));
            return ownership !== undefined && expected.version.startsWith(`${ownership.writeId} `);
          });
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
        // A third writer has put a newer one there, or cleared this one away before it puts its own there.
        if (!hasCode(error, "EEXIST", "ENOENT")) throw error;
      }
      await unlinkIfPresent(taken);
      throw this.stale();
    }
    await unlinkIfPresent(taken);
    await syncFolder(this.folder);
  }

  private async snapshot(): Promise<Snapshot> {
    const ownership = parseOwnership(await readIfPresent(this.ownershipFile));
    const connections = await readWithStat(this.file);
    if (!ownership && !connections) return { state: undefined, connections: undefined, variables: undefined };
    const variablesFile = ownership ? this.ownVariablesFile(ownership) : this.variablesFile;
    const variables = variablesFile === undefined ? undefined : await readWithStat(variablesFile);
    const state: TargetState = {
      version: [ownership?.writeId, connections && stamp(connections.stats), variables && stamp(variables.stats)]
        .map((part) => part ?? "-")
        .join(" "),
      files: {
        ...(connections && { connections: connections.text }),
        // Under another name than the declared one it is still to be written.
        ...(variables && variablesFile === this.variablesFile && { variables: variables.text }),
      },
      marks: ownership && marksOf(ownership),
      objectId: `${await folderId(this.folder)}/${this.options.fileName}`,
    };
    const own = variables && variablesFile !== undefined ? { file: variablesFile, stats: variables.stats } : undefined;
    return { state, connections: connections?.stats, variables: own };
  }

  /** Where our Variables are; the name comes from a file, so only one that an option could have given counts. */
  private ownVariablesFile({ variablesFile }: Ownership): string | undefined {
    return directoryFileName.safeParse(variablesFile).success ? join(this.folder, variablesFile ?? "") : undefined;
  }

  /** @throws ConflictError if somebody else's file has the name of ours for Variables, in a place that is ours. */
  private async requireVariablesFree({ state, variables }: Snapshot): Promise<void> {
    const isTakenOver = state !== undefined && state.marks === undefined;
    if (isTakenOver || variables?.file === this.variablesFile || !(await find(this.variablesFile))) return;
    const text = `${this.variablesFile} is there, and airflow-env did not write it`;
    throw new ConflictError(`${this.address}: ${text}; move it away, or choose another variablesFileName`);
  }

  /** The state right after our renames, without reading files that others may have replaced since. */
  private async written(ownership: Ownership, rendered: Rendered, marks: TargetMarks): Promise<TargetState> {
    const { state } = await this.snapshot();
    const files = textsOf(rendered);
    if (state?.version.startsWith(`${ownership.writeId} `) && sameTexts(state.files, files)) return state;
    return { ...state, version: `${ownership.writeId} overwritten`, files, marks };
  }

  private requireVersion(expected: TargetState | undefined, actual: TargetState | undefined): void {
    if (expected?.version !== actual?.version) throw this.stale();
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
      throw fileError(this.file, error);
    }
  }
}

/** Opens `directory` targets. */
export const directoryDriver = {
  kind: "directory",
  open: (options: DirectoryOptions): Target => new DirectoryTarget(options),
  readMany: readEach,
} satisfies TargetDriver<DirectoryOptions>;
