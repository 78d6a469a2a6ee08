import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { ProviderError } from "../../../../provider/errors";
import { renderConnections } from "../../../../provider/projection/render";
import { fileError } from "../../../../provider/targets/directory/file-errors";
import { directoryOptions } from "../../../../provider/targets/directory/options";
import { directoryDriver } from "../../../../provider/targets/directory/target";
import type { TargetMarks } from "../../../../provider/targets/target";
import { describeTargetConformance } from "../../../conformance/target";

const marks: TargetMarks = { workspace: "w", workspaceUid: "u", deployment: "d", owner: "o/p/s::d" };
const open = (path: string, fileName?: string) => directoryDriver.open(directoryOptions.parse({ path, fileName }));
const content = (host: string) =>
  renderConnections([{ connId: "c", connType: "http", host, password: "s3cr3t-canary" }]);

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

describeTargetConformance("directory", {
  async make() {
    const root = await mkdtemp(join(tmpdir(), "directory-target-"));
    const folder = join(root, "not", "made", "yet");
    const file = join(folder, "connections.json");
    return {
      open: () => open(folder),
      seen: () => textOf(file),
      async plant(text) {
        await mkdir(folder, { recursive: true });
        await writeFile(file, text);
      },
      async plantNeighbours() {
        await mkdir(folder, { recursive: true });
        const neighbours = ["variables.json", "connections.json.bak", ".connections.json", "tmp-1"];
        for (const name of neighbours) await writeFile(join(folder, name), name);
        const other = await open(folder, "other.json").write(content("other"), marks, undefined);
        return async () => {
          for (const name of neighbours) expect(await readFile(join(folder, name), "utf8")).to.equal(name);
          expect(await open(folder, "other.json").read()).to.deep.equal(other);
        };
      },
      expectNothingLeft: async () => {
        expect(await readdir(folder)).to.deep.equal([]);
      },
      close: () => rm(root, { recursive: true }),
    };
  },
});

describe("directory target", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "directory-target-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const refusal = async (action: Promise<unknown>): Promise<ProviderError & { reason?: string }> => {
    try {
      await action;
    } catch (error) {
      return error as ProviderError;
    }
    throw new Error("expected a failure");
  };

  it("makes folders with 0700 and files with 0600, and leaves no other file", async () => {
    const path = join(folder, "a", "b");
    await open(path).write(content("h"), marks, undefined);
    for (const made of [join(folder, "a"), path]) expect((await stat(made)).mode & 0o777).to.equal(0o700);
    expect(await readdir(path)).to.have.members(["connections.json", ".connections.json.owner.json"]);
    for (const name of await readdir(path)) expect((await stat(join(path, name))).mode & 0o777).to.equal(0o600);
  });

  it("makes a file that was opened up private again", async () => {
    const state = await open(folder).write(content("h"), marks, undefined);
    await chmod(join(folder, "connections.json"), 0o644);
    const changed = await open(folder).read();
    expect(changed?.version).not.to.equal(state.version);
    await open(folder).write(content("h"), marks, changed);
    expect((await stat(join(folder, "connections.json"))).mode & 0o777).to.equal(0o600);
  });

  it("keeps secrets out of the marks", async () => {
    await open(folder).write(content("h"), marks, undefined);
    expect(await readFile(join(folder, ".connections.json.owner.json"), "utf8")).not.to.contain("canary");
  });

  it("replaces a symbolic link, not the file that it points to", async () => {
    await writeFile(join(folder, "theirs.json"), "{}");
    await symlink("theirs.json", join(folder, "connections.json"));
    const target = open(folder);
    await target.write(content("h"), marks, await target.read());
    expect(await readFile(join(folder, "theirs.json"), "utf8")).to.equal("{}");
    expect((await target.read())?.text).to.equal(content("h").text);
  });

  it("shows a deleted file as ours without content", async () => {
    await open(folder).write(content("h"), marks, undefined);
    await rm(join(folder, "connections.json"));
    const state = await open(folder).read();
    expect(state).to.include({ text: undefined });
    expect(state?.marks).to.deep.equal(marks);
    await open(folder).write(content("h"), marks, state);
    expect(await textOf(join(folder, "connections.json"))).to.equal(content("h").text);
  });

  it("takes an unreadable marks file for no marks", async () => {
    await open(folder).write(content("h"), marks, undefined);
    for (const broken of ["", "{", "null", "[]", '{"managedBy":"other"}']) {
      await writeFile(join(folder, ".connections.json.owner.json"), broken);
      expect((await open(folder).read())?.marks).to.equal(undefined);
    }
  });

  it("says when a folder is in the way", async () => {
    await mkdir(join(folder, "connections.json"));
    for (const action of [open(folder).read(), open(folder).write(content("h"), marks, undefined)]) {
      const error = await refusal(action);
      expect(error).to.include({ code: "target-unavailable", reason: "failed" });
      expect(error.message).to.contain("a folder is in the way").and.contain(folder);
    }
  });

  it("says when a part of the path is a file", async () => {
    await writeFile(join(folder, "file"), "");
    for (const action of [
      open(join(folder, "file", "x")).read(),
      open(join(folder, "file")).write(content("h"), marks, undefined),
    ])
      expect((await refusal(action)).message).to.match(/is a file, not a folder|a file is in the way/);
  });

  for (const [code, reason] of [
    ["EACCES", "denied"],
    ["EPERM", "denied"],
    ["EROFS", "denied"],
    ["ENOSPC", "failed"],
    ["EIO", "failed"],
  ]) {
    it(`explains ${code} with the file and a remedy`, () => {
      const error = fileError("/f", Object.assign(new Error(`${code}: oops`), { code }));
      expect(error).to.include({ code: "target-unavailable", reason });
      expect(error.message).to.match(/^directory target \/f: .+/);
    });
  }

  describe("options", () => {
    for (const bad of [
      {},
      { path: "" },
      { path: 1 },
      { path: "p", fileName: "a/b.json" },
      { path: "p", fileName: "c.yaml" },
      { path: "p", mode: 1 },
    ])
      it(`refuse ${JSON.stringify(bad)}`, () => expect(directoryOptions.safeParse(bad).success).to.equal(false));
    it("default the file name", () =>
      expect(directoryOptions.parse({ path: "p" })).to.deep.equal({ path: "p", fileName: "connections.json" }));
  });

  describe("with other processes", function () {
    this.timeout(60_000);
    const children: ChildProcess[] = [];
    const start = (...args: string[]) => {
      const child = fork(join(__dirname, "writer.ts"), args, { execArgv: ["--import", "tsx"], stdio: "inherit" });
      children.push(child);
      return child;
    };
    afterEach(() => children.splice(0).forEach((child) => child.kill("SIGKILL")));

    it("loses no update of four processes", async () => {
      const perProcess = 25;
      const writers = [0, 1, 2, 3].map((writer) => start(folder, `w${writer}`, String(perProcess)));
      const codes = await Promise.all(writers.map((writer) => once(writer, "exit")));
      expect(codes.map(([code]) => code as number)).to.deep.equal([0, 0, 0, 0]);
      const ids = Object.keys(JSON.parse((await open(folder).read())?.text ?? "{}") as object);
      expect(ids).to.have.length(4 * perProcess);
      expect(await readdir(folder)).to.have.members(["connections.json", ".connections.json.owner.json"]);
    });

    it("is never left half written by killed writers, and the next write clears up at once", async () => {
      for (let round = 0; round < 8; round++) {
        const writer = start(folder, "killed", "100000");
        await once(writer, "message");
        await new Promise((resolve) => setTimeout(resolve, 20 + 13 * round));
        writer.kill("SIGKILL");
        await once(writer, "exit");
        const state = await open(folder).read();
        expect(() => JSON.parse(state?.text ?? "") as unknown).not.to.throw();
        expect(state?.marks).to.deep.equal(marks);
      }
      await writeFile(join(folder, ".connections.json.tmp-left-behind"), "s3cr3t-canary");
      const target = open(folder);
      const startedAt = Date.now();
      const state = await target.write(content("after"), marks, await target.read());
      expect(Date.now() - startedAt).to.be.lessThan(2_000);
      expect(await readdir(folder)).to.have.members(["connections.json", ".connections.json.owner.json"]);
      await target.remove(state);
      expect(await readdir(folder)).to.deep.equal([]);
    });
  });

  it("reads many at once, each failure its own", async () => {
    await mkdir(join(folder, "bad", "connections.json"), { recursive: true });
    const good = open(join(folder, "good"));
    const state = await good.write(content("h"), marks, undefined);
    const [bad, none] = [open(join(folder, "bad")), open(join(folder, "none"))];
    const readings = await directoryDriver.readMany([good, bad, none]);
    expect(readings.get(good.address)).to.deep.equal({ state });
    expect(readings.get(none.address)).to.deep.equal({ state: undefined });
    expect(readings.get(bad.address)).to.have.property("error");
  });
});
