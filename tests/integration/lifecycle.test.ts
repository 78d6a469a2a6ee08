import { describeLifeCycle } from "./lifecycle";
import { forEachStore } from "./stores-under-test";

/**
 * Its calls of a store are those of the other stores' life cycles, and minutes of an Airflow that reads: on Google's store
 * `STORES=google-secret-manager` asks for it, whose own suites and concurrent ups always run.
 */
const ON_REQUEST = ["google-secret-manager"];

forEachStore((name, start) => {
  if (ON_REQUEST.includes(name) && process.env["STORES"] === undefined) return;
  describeLifeCycle(name, start);
});
