import { execFileSync, fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import sinon from "sinon";
import type { ProviderError } from "../../../../provider/errors";
import { fileError } from "../../../../provider/targets/directory/file-errors";
import { directoryOptions } from "../../../../provider/targets/directory/options";
import { directoryDriver } from "../../../../provider/targets/directory/target";
import { sameTarget, type Target, type TargetMarks } from "../../../../provider/targets/target";
import { describeTargetConformance } from "../../../conformance/target";
import { renderConnections } from "../../../fakes/effective";

const marks: TargetMarks = { workspace: "w", workspaceUid: "u", deployment: "d", owner: "o/p/s::d" };
const open = (path: string, fileName?: string) => directoryDriver.open(directoryOptions.parse({ path, fileName }));
const content = (host: string) => ({
  connections: renderConnections([{ connId: "c", connType: "http", host, password: "s3cr3t-canary" }]),
});

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
      seen: (kind = "connections") => textOf(join(folder, `${kind}.json`)),
      async plant(text) {
        await mkdir(folder, { recursive: true });
        await writeFile(file, text);
      },
      async plantNeighbours() {
        await mkdir(folder, { recursive: true });
        const neighbours = ["variables.json.bak", "connections.json.bak", ".connections.json", "tmp-1"];
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
    expect((await target.read())?.files.connections).to.equal(content("h").connections.text);
  });

  it("shows a deleted file as ours without content", async () => {
    await open(folder).write(content("h"), marks, undefined);
    await rm(join(folder, "connections.json"));
    const state = await open(folder).read();
    expect(state?.files).to.deep.equal({});
    expect(state?.marks).to.deep.equal(marks);
    await open(folder).write(content("h"), marks, state);
    expect(await textOf(join(folder, "connections.json"))).to.equal(content("h").connections.text);
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

  describe("with Variables", () => {
    const variables = (text: string) => ({ text, entries: {} });
    const names = async () => (await readdir(folder)).filter((name) => !name.startsWith(".")).sort();

    it("leaves another's file of that name alone while there are none, and refuses to overwrite it", async () => {
      await writeFile(join(folder, "variables.json"), "theirs");
      const state = await open(folder).write(content("h"), marks, undefined);
      expect(Object.keys(state.files)).to.deep.equal(["connections"]);
      const error = await refusal(open(folder).write({ ...content("h"), variables: variables("{}") }, marks, state));
      expect(error.code).to.equal("conflict");
      expect(error.message).to.contain(join(folder, "variables.json")).and.contain("move it away");
      await open(folder).remove(state);
      expect(await textOf(join(folder, "variables.json"))).to.equal("theirs");
    });

    it("takes the file over with the place", async () => {
      for (const name of ["connections.json", "variables.json"]) await writeFile(join(folder, name), "{}");
      const target = open(folder);
      const state = await target.write({ ...content("h"), variables: variables("ours") }, marks, await target.read());
      expect(state.files.variables).to.equal("ours");
      await target.remove(state);
      expect(await readdir(folder)).to.deep.equal([]);
    });

    it("does not leave them behind under an earlier name", async () => {
      const named = (variablesFileName: string) =>
        directoryDriver.open(directoryOptions.parse({ path: folder, variablesFileName }));
      await named("old.json").write({ ...content("h"), variables: variables("{}") }, marks, undefined);
      expect(await names()).to.deep.equal(["connections.json", "old.json"]);
      const state = await named("new.json").read();
      expect(state?.files.variables, "still to be written").to.equal(undefined);
      await named("new.json").write({ ...content("h"), variables: variables("{}") }, marks, state);
      expect(await names()).to.deep.equal(["connections.json", "new.json"]);
      await named("third.json").write(content("h"), marks, await named("third.json").read());
      expect(await names()).to.deep.equal(["connections.json"]);
    });

    it("believes no name in the marks that leads elsewhere", async () => {
      await open(folder).write(content("h"), marks, undefined);
      await writeFile(join(folder, "..", "outside.json"), "outside");
      const owner = join(folder, ".connections.json.owner.json");
      const ownership = JSON.parse(await readFile(owner, "utf8")) as object;
      await writeFile(owner, JSON.stringify({ ...ownership, variablesFile: "../outside.json" }));
      await open(folder).write(content("i"), marks, await open(folder).read());
      expect(await readFile(join(folder, "..", "outside.json"), "utf8")).to.equal("outside");
      await rm(join(folder, "..", "outside.json"));
    });
  });

  describe("refuses", () => {
    const actions = (target: Target): [string, () => Promise<unknown>][] => [
      ["read", () => target.read()],
      ["write", () => target.write({ ...content("h"), variables: { text: "{}", entries: {} } }, marks, undefined)],
      ["remove", () => target.remove({ version: "1", files: {}, marks })],
    ];

    for (const name of ["connections.json", ".connections.json.owner.json"])
      it(`a named pipe in the way, without waiting for a writer: ${name}`, async () => {
        execFileSync("mkfifo", [join(folder, name)]);
        for (const [, action] of actions(open(folder))) {
          const error = await refusal(action());
          expect(error).to.include({ code: "target-unavailable", reason: "failed" });
          expect(error.message).to.contain("a named pipe, device or socket is in the way; remove it");
        }
      });

    it("a device in the way", async () => {
      await symlink("/dev/zero", join(folder, "connections.json"));
      expect((await refusal(open(folder).read())).message).to.contain("device");
    });

    it("a socket in the way", async () => {
      const server = createServer().listen(join(folder, "connections.json"));
      await once(server, "listening");
      expect((await refusal(open(folder).read())).message).to.contain("socket");
      server.close();
      await once(server, "close");
    });

    it("a folder that everybody may write to, unless only to files of their own", async () => {
      await chmod(folder, 0o777);
      for (const [, action] of actions(open(folder))) {
        const error = await refusal(action());
        expect(error).to.include({ code: "target-unavailable", reason: "denied" });
        expect(error.message).to.contain(folder).and.contain("chmod o-w");
      }
      expect(await readdir(folder)).to.deep.equal([]);
      await chmod(folder, 0o1777);
      await open(folder).write(content("h"), marks, undefined);
    });

    it("a folder of another user", async () => {
      const me = process.getuid?.() ?? 0;
      // Only root may give it away; others only can be somebody else.
      if (me === 0) await chown(folder, 4711, 4711);
      else sinon.stub(process, "getuid").returns(me + 1);
      for (const [, action] of actions(open(folder)))
        expect((await refusal(action())).message)
          .to.contain("belongs to another user")
          .and.contain(folder);
      expect(await readdir(folder)).to.deep.equal([]);
    });
  });

  it("is one place by whatever path it is reached, whether or not it is there yet", async () => {
    const real = join(folder, "real");
    await mkdir(real);
    await symlink("real", join(folder, "link"));
    const same = (a: string, b: string) => sameTarget(open(join(folder, a)), open(join(folder, b)));
    expect(await same("real", "link")).to.equal(true);
    expect(await same("real/new/x", "link/new/x")).to.equal(true);
    expect(await same("real/./../real", "real")).to.equal(true);
    expect(await same("real/new", "real/other")).to.equal(false);
    expect(await same("real", "elsewhere")).to.equal(false);
    expect(await sameTarget(open(real), open(real, "other.json"))).to.equal(false);
    await open(real).write(content("h"), marks, undefined);
    expect((await open(join(folder, "link")).read())?.objectId).to.equal((await open(real).read())?.objectId);
  });

  describe("options", () => {
    for (const bad of [
      { path: "p\nq" },
      { path: "p", fileName: "a\nb.json" },
      { path: "p", fileName: "..json" },
      { path: "p", fileName: ".hidden.json" },
      { path: "p", fileName: "a\u2028b.json" },
      { path: "p", fileName: "same.json", variablesFileName: "same.json" },
      { path: "p", variablesFileName: "../v.json" },
      {},
      { path: "" },
      { path: 1 },
      { path: "p", fileName: "a/b.json" },
      { path: "p", fileName: "c.yaml" },
      { path: "p", mode: 1 },
    ])
      it(`refuse ${JSON.stringify(bad)}`, () => expect(directoryOptions.safeParse(bad).success).to.equal(false));
    it("default the file name", () =>
      expect(directoryOptions.parse({ path: "p" })).to.deep.equal({
        path: "p",
        fileName: "connections.json",
        variablesFileName: "variables.json",
      }));
  });

  describe("with other processes", () => {
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
      const ids = Object.keys(JSON.parse((await open(folder).read())?.files.connections ?? "{}") as object);
      expect(ids).to.have.length(4 * perProcess);
      expect(await readdir(folder)).to.have.members(["connections.json", ".connections.json.owner.json"]);
    });

    it("is never left half written by killed writers, and the next write clears up", async () => {
      for (let round = 0; round < 8; round++) {
        const writer = start(folder, "killed", "100000");
        await once(writer, "message");
        await new Promise((resolve) => setTimeout(resolve, 20 + 13 * round));
        writer.kill("SIGKILL");
        await once(writer, "exit");
        const state = await open(folder).read();
        expect(() => JSON.parse(state?.files.connections ?? "") as unknown).not.to.throw();
        expect(state?.marks).to.deep.equal(marks);
      }
      await writeFile(join(folder, ".connections.json.tmp-left-behind"), "s3cr3t-canary");
      const target = open(folder);
      const state = await target.write(content("after"), marks, await target.read());
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
    expect(readings.get(good)).to.deep.equal({ state });
    expect(readings.get(none)).to.deep.equal({ state: undefined });
    expect(readings.get(bad)).to.have.property("error");
  });
});
