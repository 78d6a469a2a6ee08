// Mocha's own spec reporter, which also leaves its counts for tools/test.mjs.
const { writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { reporters, Runner } = require("mocha");

module.exports = class SummaryReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const folder = process.env.AIRFLOW_ENV_TEST_SUMMARY;
      if (!folder) return;
      const { passes: passed, failures: failed, pending: skipped } = this.stats;
      writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify({ passed, failed, skipped }));
    });
  }
};
