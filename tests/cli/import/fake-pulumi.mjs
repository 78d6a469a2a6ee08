#!/usr/bin/env node
// Stands in for the pulumi command: a stack's configuration in one file, and a record of all arguments.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";

const { FAKE_PULUMI_CONFIG: config, FAKE_PULUMI_LOG: log } = process.env;
const args = process.argv.slice(2);
appendFileSync(log, `${JSON.stringify(args)}\n`);
const stored = existsSync(config) ? JSON.parse(readFileSync(config, "utf8")) : {};
if (args.includes("set")) {
  const value = readFileSync(0, "utf8");
  stored[`p:${args.at(-1)}`] = { value: args.includes("--raw") ? value : value.replace(/[\r\n]+$/, ""), secret: true };
  writeFileSync(config, JSON.stringify(stored));
} else process.stdout.write(JSON.stringify(stored));
