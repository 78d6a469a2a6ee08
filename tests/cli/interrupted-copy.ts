import { runCli } from "../../cli/program";
import { streamTerminal } from "../../cli/terminal";
import { openStore } from "../../provider/stores/registry";
import type { SecretsStore } from "../../provider/stores/store";

// A copy between real stores, killed for good at one write of the target: argv is FROM TO PUTS before|after.
const [from = "", to = "", puts = "", moment = ""] = process.argv.slice(2);
let done = 0;

function killedAt(store: SecretsStore): SecretsStore {
  const die = (when: string) => {
    if (moment === when && done === Number(puts)) process.kill(process.pid, "SIGKILL");
  };
  return {
    ...store,
    async put(key, text, metadata, expected) {
      die("before");
      const version = await store.put(key, text, metadata, expected);
      done++;
      die("after");
      return version;
    },
  };
}

void runCli(["store", "copy", from, to], {
  openStore: async (address) => {
    const store = await openStore(address);
    return address === to ? killedAt(store) : store;
  },
  terminal: streamTerminal(process.stdin, process.stdout, process.stderr, process.env),
  userName: () => "test",
}).then((code) => {
  process.exitCode = code;
});
