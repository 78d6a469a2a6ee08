import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { StaleVersionError } from "../../../../provider/errors";
import { databasePath } from "../../../../provider/stores/local/file";
import { openSqlite } from "../../../../provider/stores/local/sqlite";
import { localStore } from "../../../../provider/stores/local/store";
import { ABSENT } from "../../../../provider/stores/store";

const [folder = "", task = "", key = "", count = "1"] = process.argv.slice(2);

/** Counts a document up, `count` times, against other processes; prints each version it was given. */
async function increment(): Promise<void> {
  const store = localStore({ path: folder });
  for (let done = 0; done < Number(count);) {
    const found = await store.find(key);
    const value = found ? (JSON.parse(found.text) as { count: number }).count : 0;
    try {
      const version = await store.put(key, JSON.stringify({ count: value + 1 }), "{}", found?.version ?? ABSENT);
      process.stdout.write(`${version}\n`);
      done++;
    } catch (error) {
      if (!(error instanceof StaleVersionError)) throw error;
      await sleep(Math.random() * 5);
    }
  }
  await store.close();
}

/** Holds the write lock for `count` milliseconds, and leaves a file right before it lets go. */
async function hold(): Promise<void> {
  const db = await openSqlite(databasePath(folder));
  db.exec("BEGIN IMMEDIATE");
  process.stdout.write("holding\n");
  await sleep(Number(count));
  writeFileSync(join(folder, "released"), "");
  db.exec("ROLLBACK");
  db.close();
}

const tasks: Record<string, () => Promise<void>> = { increment, hold };
void tasks[task]?.();
