// Mocha's own spec reporter, which also leaves its counts and times for tools/test.mjs.
const { writeFileSync } = require("node:fs");
const { join, relative } = require("node:path");
const { reporters, Runner } = require("mocha");

const { EVENT_HOOK_END, EVENT_RUN_END, EVENT_TEST_END } = Runner.constants;

module.exports = class SummaryReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const seconds = {};
    // Summed up from tests and hooks: files that run side by side report in one go, at their end.
    const add = ({ file, duration = 0 }) => {
      if (!file) return; // a hook of tests/hooks.ts
      const name = relative(process.cwd(), file);
      seconds[name] = (seconds[name] ?? 0) + duration / 1000;
    };
    runner.on(EVENT_TEST_END, add);
    runner.on(EVENT_HOOK_END, add);
    runner.once(EVENT_RUN_END, () => {
      const folder = process.env.AIRFLOW_ENV_TEST_SUMMARY;
      if (!folder) return;
      const { passes: passed, failures: failed, pending: skipped } = this.stats;
      writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify({ passed, failed, skipped, seconds }));
    });
  }
};
