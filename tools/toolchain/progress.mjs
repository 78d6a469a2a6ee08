// @ts-check

/** Without a terminal, a line this often shows that a long build is alive. */
const plainIntervalMs = 20_000;
const terminalIntervalMs = 1_000;
/** Steps shorter than this leave no trace: a warm cache prints nothing. */
const quietMs = 700;

/** @type {Set<{ label: string, startedAt: number }>} */
const running = new Set();
/** @type {NodeJS.Timeout | undefined} */
let timer;
let lineShown = false;

/**
 * Runs a step and shows that it runs: on a terminal one line that is redrawn, else a line every 20 s.
 * Progress goes to standard error; standard output belongs to whoever called.
 *
 * @template T
 * @param {string} label for example `building etcd 3.6.16`
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withProgress(label, work) {
  const step = { label, startedAt: Date.now() };
  running.add(step);
  if (!process.stderr.isTTY) setTimeout(() => running.has(step) && show(step.label, step.startedAt), quietMs).unref();
  timer ??= setInterval(redraw, process.stderr.isTTY ? terminalIntervalMs : plainIntervalMs).unref();
  try {
    const result = await work();
    finish(step, "done in");
    return result;
  } catch (error) {
    finish(step, "failed after");
    throw error;
  }
}

/** Prints a line without destroying the line that is being redrawn. @param {string} text */
export function note(text) {
  clearLine();
  process.stderr.write(`${text}\n`);
}

/** @param {{ label: string, startedAt: number }} step @param {string} how */
function finish(step, how) {
  running.delete(step);
  const tookMs = Date.now() - step.startedAt;
  if (tookMs >= quietMs) note(`${step.label}: ${how} ${clock(tookMs)}`);
  if (running.size === 0) {
    clearInterval(timer);
    timer = undefined;
  }
}

function redraw() {
  const steps = [...running];
  const [first] = steps;
  if (first) show(steps.map((step) => step.label).join(", "), first.startedAt);
}

/** @param {string} label @param {number} startedAt */
function show(label, startedAt) {
  const line = `${label} … ${clock(Date.now() - startedAt)}`;
  if (!process.stderr.isTTY) {
    process.stderr.write(`${line}\n`);
    return;
  }
  clearLine();
  process.stderr.write(line.slice(0, (process.stderr.columns ?? 80) - 1));
  lineShown = true;
}

function clearLine() {
  if (lineShown) process.stderr.write("\r\x1b[K");
  lineShown = false;
}

/** Minutes and seconds, `02:10`. @param {number} ms */
function clock(ms) {
  const seconds = Math.round(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}
