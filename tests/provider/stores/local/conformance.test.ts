import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect } from "chai";
import { localCapabilities } from "../../../../provider/stores/local/capabilities";
import { parseLocalOptions } from "../../../../provider/stores/local/options";
import { localStore } from "../../../../provider/stores/local/store";
import type { SecretsStore } from "../../../../provider/stores/store";
import { describeStoreConformance } from "../../../conformance/store";
import { localSetting } from "./backend";

describeStoreConformance("local", {
  capabilities: localCapabilities,
  cannot: {
    foreign: "the file is ours alone; one with other tables is refused, see damage.test.ts",
    expired: "a key does not expire",
    throttled: "an embedded store makes no calls that anybody could throttle",
    slow: "a commit is one write to a local disk; waiting for another process's lock is in processes.test.ts",
    reset: "there is no connection",
    stalledDeleter: "a deletion is one transaction",
    lostReply: "there is no reply to lose; a process killed around its commit is in processes.test.ts",
  },
  async make() {
    const setting = localSetting();
    const folder = setting.folder();
    const open = (): SecretsStore => localStore(parseLocalOptions(`local:${folder}`));
    // A store under another key for each of these, opened with a wrong one.
    const withoutKey = (): SecretsStore => localStore(parseLocalOptions(`local:${setting.folder("locked")}`));
    setting.setEnvironment({ AIRFLOW_ENV_PASSPHRASE: "the right one" });
    const maker = withoutKey();
    await maker.put("w/workspace", "{}", "{}", "absent");
    await maker.close();
    setting.setEnvironment({ AIRFLOW_ENV_PASSPHRASE: "another one" });
    const occupied = setting.folder("occupied");
    writeFileSync(occupied, "");
    return {
      open,
      openWithoutReadingSecrets: withoutKey,
      faults: {
        denied: async () => ({ store: withoutKey(), arm: () => undefined, release: async () => undefined }),
        unreachable: async () => ({
          store: localStore(parseLocalOptions(`local:${occupied}/below-a-file`)),
          arm: () => undefined,
          release: async () => undefined,
        }),
      },
      cleanup: async () => setting.cleanup(),
    };
  },
});

describe("local store, loading", () => {
  it("loads the native library at first use only", async () => {
    const script = `
      const { localStore } = require("./provider/stores/local/store.ts");
      localStore({ path: "/nonexistent/x" }).keys("").then((keys) => {
        const loaded = Object.keys(require.cache).some((path) => path.includes("libsql"));
        process.stdout.write(JSON.stringify({ keys, loaded }));
      });
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ["--require", "tsx/cjs", "--eval", script]);
    expect(JSON.parse(stdout)).to.deep.equal({ keys: [], loaded: false });
  });
});
