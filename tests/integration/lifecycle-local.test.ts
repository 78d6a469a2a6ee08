import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeLifeCycle } from "./lifecycle";
import { isWanted } from "./stores/wanted";

if (isWanted("local"))
  describeLifeCycle("local", async () => {
    const folder = mkdtempSync(join(tmpdir(), "airflow-env-local-"));
    return Promise.resolve({
      address: `local:${join(folder, "store")}`,
      env: {},
      files: [folder],
      stop: () => Promise.resolve(rmSync(folder, { recursive: true, force: true })),
    });
  });
