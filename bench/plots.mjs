// @ts-check
import { drawCharts } from "./chart.mjs";

/** Bytes of state that one resource of the naive design takes, where it was not measured. */
const naiveBytesPerResource = 4_000;

/**
 * Plots of the growth part.
 *
 * @param {any} results as in bench/results.json
 * @returns {Record<string, string>} SVG by file name
 */
export function plotsOf({ growth, naive, airflow }) {
  /** @type {Record<string, string>} */
  const plots = {};
  if (growth) {
    const measured = naive?.at(-1)?.naive;
    const perPair = measured ? measured.bytes / measured.resources : naiveBytesPerResource;
    plots["bench-growth.svg"] = drawCharts(
      [
        ...growthPanels(growth.rows, perPair, "connections", "deployments"),
        ...growthPanels(growth.rows, perPair, "deployments", "connections"),
      ],
      3,
    );
  }
  if (airflow) {
    const series = Object.keys(airflow.rows[0].seconds).map((version) => ({
      name: `Airflow ${version}`,
      points: airflow.rows.map((/** @type {any} */ row) => [row.connections, row.seconds[version].median]),
    }));
    const panel = { title: "First get_connection of a task", x: "connections in the file", y: "seconds", series };
    plots["bench-airflow.svg"] = drawCharts([panel], 1);
  }
  return plots;
}

/**
 * One row of panels along one dimension, at the size of the other that has the most points.
 *
 * @param {any[]} rows @param {number} perPair @param {"connections" | "deployments"} along
 * @param {"connections" | "deployments"} fixed
 */
function growthPanels(rows, perPair, along, fixed) {
  const sizes = [...new Set(rows.map((row) => row[fixed]))];
  const count = (/** @type {number} */ size) => rows.filter((row) => row[fixed] === size).length;
  const [most] = sizes.sort((a, b) => count(b) - count(a));
  const chosen = rows.filter((row) => row[fixed] === most).sort((a, b) => a[along] - b[along]);
  const line = (/** @type {(row: any) => number} */ value) =>
    chosen.map((row) => /** @type {[number, number]} */ ([row[along], Math.max(value(row), 1)]));
  const sum = (/** @type {Record<string, number>} */ counts) => Object.values(counts).reduce((a, b) => a + b, 0);
  const naiveBytes = (/** @type {any} */ row) => row.connections * row.deployments * perPair;
  const title = `${most} ${fixed === "connections" ? "connections" : "Deployments"}`;
  const x = along === "connections" ? "connections" : "Deployments";
  return [
    {
      title: `State, ${title}`,
      x,
      y: "bytes",
      series: [
        { name: "ours", points: line((row) => row.stateBytes) },
        { name: "one resource per pair", points: line(naiveBytes) },
      ],
    },
    {
      title: `Calls of one rotation, ${title}`,
      x,
      y: "calls",
      series: [
        { name: "Secret writes", points: line((row) => row.rotate.requests.patch ?? 0) },
        {
          name: "Kubernetes reads",
          points: line((row) => sum(row.rotate.requests) - (row.rotate.requests.patch ?? 0)),
        },
        { name: "store calls", points: line((row) => sum(row.rotate.storeCalls)) },
      ],
    },
    {
      title: `Peak memory of the host, ${title}`,
      x,
      y: "MB",
      series: [
        { name: "create", points: line((row) => row.create.maxRssMb) },
        { name: "rotate", points: line((row) => row.rotate.maxRssMb) },
      ],
    },
  ];
}
