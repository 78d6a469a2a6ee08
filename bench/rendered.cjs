// @ts-check
const { join } = require("node:path");
const { connectionFields, connectionId, times } = require("./programs/workload.cjs");

/**
 * The connections file of a Deployment that gets this many, as the provider renders it.
 *
 * @param {number} connections
 * @param {number} revision of the password
 * @returns {string}
 */
function connectionsFile(connections, revision) {
  const { renderConnection, renderFile } = require(join(__dirname, "..", "dist", "provider", "airflow", "file.js"));
  const entries = times(connections).map((/** @type {number} */ index) => [
    connectionId(index),
    renderConnection(connectionFields(index, revision)),
  ]);
  return renderFile(Object.fromEntries(entries)).text;
}

module.exports = { connectionsFile };
