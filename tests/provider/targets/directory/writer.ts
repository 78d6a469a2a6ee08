import type { ProviderError } from "../../../../provider/errors";
import { directoryOptions } from "../../../../provider/targets/directory/options";
import { directoryDriver } from "../../../../provider/targets/directory/target";
import { renderConnections } from "../../../fakes/effective";

/** A process of its own: adds `count` connections to a folder's file, one write each, starting over on conflict. */
async function main(path: string, name: string, count: number): Promise<void> {
  const target = directoryDriver.open(directoryOptions.parse({ path }));
  const marks = { workspace: "w", workspaceUid: "u", deployment: "d", owner: "o/p/s::d" };
  for (let done = 0; done < count;) {
    const state = await target.read();
    const ids = [...Object.keys(JSON.parse(state?.files.connections ?? "{}") as object), `${name}-${done}`];
    const rendered = { connections: renderConnections(ids.map((connId) => ({ connId, connType: "http" }))) };
    try {
      await target.write(rendered, marks, state);
    } catch (error) {
      if ((error as ProviderError).code !== "stale-version") throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 30));
      continue;
    }
    done++;
    if (done === 1) process.send?.("first");
  }
  process.disconnect();
}

const [path, name, count] = process.argv.slice(2);
main(path ?? "", name ?? "", Number(count)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
  process.disconnect();
});
