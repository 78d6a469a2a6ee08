// @ts-check
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import { guardProcess } from "../../tools/processes/guard.mjs";
import { temporaryDirectory } from "../../tools/servers/server-process.mjs";
import { root } from "../../tools/setup.mjs";
import { ensureChromium } from "../../tools/toolchain.mjs";
import { summarize } from "../statistics.mjs";
import { fillLocalStore } from "../store-content.mjs";

const megabyte = 1024 * 1024;
/** The whole table from top to bottom, a window's height at each frame; the time of each frame in ms. */
const scroll = `new Promise((resolve) => {
  const frames = [];
  const box = [...document.querySelectorAll(".scroll")].find((one) => one.scrollHeight > one.clientHeight) ?? document.scrollingElement;
  let last = performance.now();
  const step = (now) => {
    frames.push(now - last);
    last = now;
    const before = box.scrollTop;
    box.scrollTop += innerHeight;
    if (box.scrollTop === before) resolve(frames.slice(1));
    else requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})`;
/** The entry may come after the page's load event, so it is observed, not read. */
const firstPaint = `new Promise((resolve) => {
  new PerformanceObserver((list) => {
    const entry = list.getEntriesByName("first-contentful-paint")[0];
    if (entry) resolve(entry.startTime);
  }).observe({ type: "paint", buffered: true });
})`;

/**
 * The page of `airflow-env ui` over a local store, in headless Chromium: the matrix of all connections and Deployments.
 *
 * @param {{ connections: number, deployments: number, rounds: number }} options @param {(text: string) => void} say
 */
export async function measurePage({ connections, deployments, rounds }, say) {
  const { chromium: executablePath } = await ensureChromium();
  const folder = await temporaryDirectory("bench-page");
  const store = join(folder.path, "store");
  process.env["AIRFLOW_ENV_PASSPHRASE"] = "bench";
  await fillLocalStore(store, { connections, deployments });
  say(`page: ${connections} × ${deployments} filled`);
  const server = spawn(
    process.execPath,
    [join(root, "dist/cli/main.js"), "ui", "--store", `local:${store}`, "--json"],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const release = guardProcess(server);
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const address = await firstAddress(server);
    /** @type {{ paint: number[], frame: number[], heapMb: number[], pageMb: number[] }} */
    const measured = { paint: [], frame: [], heapMb: [], pageMb: [] };
    for (let round = 0; round < rounds; round += 1) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
      const page = await context.newPage();
      await page.goto(address);
      // The second visit has the cookie, and no redirect: what a person sees who goes from page to page.
      const answer = await page.reload();
      measured.pageMb.push(((await answer?.body())?.length ?? NaN) / megabyte);
      measured.paint.push((await page.evaluate(firstPaint)) / 1000);
      const frames = /** @type {number[]} */ (await page.evaluate(scroll));
      measured.frame.push([...frames].sort((a, b) => a - b)[Math.floor(frames.length * 0.95)] ?? NaN);
      const session = await context.newCDPSession(page);
      await session.send("Performance.enable");
      const { metrics } = await session.send("Performance.getMetrics");
      measured.heapMb.push((metrics.find(({ name }) => name === "JSHeapUsedSize")?.value ?? NaN) / megabyte);
      say(`page: first paint ${measured.paint.at(-1)?.toFixed(2)} s`);
      await context.close();
    }
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))?.[1];
    return {
      connections,
      deployments,
      rounds,
      paint: summarize(measured.paint),
      frameMs: summarize(measured.frame),
      heapMb: summarize(measured.heapMb),
      pageMb: summarize(measured.pageMb),
      serverMb: Number(peak) / 1024,
    };
  } finally {
    await browser.close();
    server.kill();
    release();
    folder.remove();
  }
}

/** @param {import("node:child_process").ChildProcessByStdio<null, import("node:stream").Readable, null>} server @returns {Promise<string>} */
async function firstAddress(server) {
  for await (const line of createInterface({ input: server.stdout })) return JSON.parse(line).address;
  throw new Error("airflow-env ui ended before it printed its address");
}
