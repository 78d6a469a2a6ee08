import { createFile, fileIdentity, openFile, type OpenFile } from "./file";
import { WriteGroup } from "./write-group";

/** All stores of this process on one folder use one of these: the key is derived, and the file checked, once. */
const shared = new Map<string, SharedFile>();

/** The file of one folder, opened when needed, again when somebody replaced it, and closed after its last user. */
export class SharedFile {
  private file: OpenFile | undefined;
  private opening: Promise<OpenFile | undefined> | undefined;
  private creating: Promise<void> | undefined;
  private writes: WriteGroup | undefined;
  private users = 0;

  private constructor(
    private readonly store: string,
    private readonly folder: string,
  ) {}

  /** @param store - the address, for messages. */
  static use(store: string, folder: string): SharedFile {
    let file = shared.get(folder);
    if (!file) {
      file = new SharedFile(store, folder);
      shared.set(folder, file);
    }
    file.users++;
    return file;
  }

  /** The opened file, or undefined when there is none; makes nothing. */
  async find(): Promise<OpenFile | undefined> {
    if (this.file) {
      if (fileIdentity(this.folder) === this.file.identity) return this.file;
      this.closeFile();
    }
    this.opening ??= openFile(this.store, this.folder)
      .then((file) => (this.file = file))
      .finally(() => (this.opening = undefined));
    return this.opening;
  }

  /** The opened file, made when there is none. */
  async ensure(): Promise<OpenFile> {
    for (;;) {
      const file = await this.find();
      if (file) return file;
      this.creating ??= createFile(this.store, this.folder).finally(() => (this.creating = undefined));
      await this.creating;
    }
  }

  /** As `WriteGroup.add`, to the writes of this turn of the event loop. */
  write: WriteGroup["add"] = (makesFile, key, change) => {
    this.writes ??= this.nextWrites();
    return this.writes.add(makesFile, key, change);
  };

  private nextWrites(): WriteGroup {
    const group = new WriteGroup();
    setImmediate(() => {
      this.writes = undefined;
      void group.run((makesFile) => (makesFile ? this.ensure() : this.find()));
    });
    return group;
  }

  /** Call once for each `use`. */
  release(): void {
    if (--this.users > 0) return;
    shared.delete(this.folder);
    this.closeFile();
  }

  private closeFile(): void {
    this.file?.db.close();
    this.file = undefined;
  }
}
