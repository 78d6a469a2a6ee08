import { runCli } from "../../cli/program";
import { streamTerminal } from "../../cli/terminal";
import { openStore } from "../../provider/stores/registry";
import type { SecretsStore } from "../../provider/stores/store";

// A copy between real stores, killed for good at one write of the target: argv is FROM TO N begin|end,
// to die as the N-th put begins or has ended.
const [from = "", to = "", puts = "", moment = ""] = process.argv.slice(2);
const counts = { begin: 0, end: 0 };

function count(event: keyof typeof counts): void {
  if (++counts[event] === Number(puts) && event === moment) process.kill(process.pid, "SIGKILL");
}

function killedAt(store: SecretsStore): SecretsStore {
  return {
    ...store,
    async put(key, text, metadata, expected) {
      count("begin");
      const version = await store.put(key, text, metadata, expected);
      count("end");
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
  workingFolder: process.cwd(),
  environment: {},
  userName: () => "test",
}).then((code) => {
  process.exitCode = code;
});
