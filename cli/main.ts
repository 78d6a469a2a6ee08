#!/usr/bin/env node
import { userInfo } from "node:os";
import { runCli } from "./program";
import { streamTerminal } from "./terminal";

// `airflow-env store list … | head` closes the pipe early; that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

void runCli(process.argv.slice(2), {
  openStore: async (address) => (await import("../provider/stores/registry.js")).openStore(address),
  terminal: streamTerminal(process.stdin, process.stdout, process.stderr, process.env),
  workingFolder: process.cwd(),
  environment: process.env,
  userName: () => userInfo().username,
}).then((code) => {
  process.exitCode = code;
});
