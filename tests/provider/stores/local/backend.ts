import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sinon from "sinon";

const VARIABLES = [
  "AIRFLOW_ENV_PASSPHRASE",
  "AIRFLOW_ENV_PASSPHRASE_FILE",
  "AIRFLOW_ENV_TRUSTED_OWNERS",
  "XDG_CONFIG_HOME",
] as const;

/** Folders and environment for local stores, and nothing of the user's own. */
export interface LocalSetting {
  /** Holds all else; removed at the end. */
  root: string;
  /** A store folder that does not exist yet. */
  folder(name?: string): string;
  setEnvironment(variables: Partial<Record<(typeof VARIABLES)[number], string>>): void;
  cleanup(): void;
}

/** Makes a setting with an empty configuration folder and no passphrase. */
export function localSetting(): LocalSetting {
  const root = mkdtempSync(join(tmpdir(), "airflow-env-test-"));
  const before = VARIABLES.map((name) => [name, process.env[name]] as const);
  const apply = (name: string, value: string | undefined): void => {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  };
  const setting: LocalSetting = {
    root,
    folder: (name = "store") => join(root, name),
    setEnvironment(variables) {
      const all = { XDG_CONFIG_HOME: join(root, "config"), ...variables };
      for (const name of VARIABLES) apply(name, all[name]);
    },
    cleanup() {
      for (const [name, value] of before) apply(name, value);
      rmSync(root, { recursive: true, force: true });
    },
  };
  setting.setEnvironment({});
  return setting;
}

/**
 * Makes what is at a path another user's, in the eyes of the code under test.
 *
 * @returns that user's number.
 */
export function giveAway(path: string): number {
  const me = process.geteuid?.() ?? 0;
  if (me === 0) {
    chownSync(path, 12345, 12345);
    return 12345;
  }
  // Only root can give files away: for anybody else, all files become those of the user that he was.
  sinon.stub(process, "geteuid").returns(me + 1);
  return me;
}
