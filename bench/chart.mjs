// @ts-check

const width = 360;
const height = 240;
const margin = { left: 58, right: 14, top: 34, bottom: 40 };
const colors = ["#1f6feb", "#d1242f", "#1a7f37", "#9a6700"];

/** @typedef {{ name: string, points: [number, number][] }} Series */
/** @typedef {{ title: string, x: string, y: string, series: Series[] }} Panel */

/**
 * Draws line charts on logarithmic axes, side by side, as SVG.
 *
 * @param {Panel[]} panels with values above 0
 * @param {number} columns
 * @returns {string}
 */
export function drawCharts(panels, columns) {
  const rows = Math.ceil(panels.length / columns);
  const drawn = panels.map((panel, at) => {
    const [x, y] = [(at % columns) * width, Math.floor(at / columns) * height];
    return `<g transform="translate(${x} ${y})">${drawPanel(panel)}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width * columns} ${height * rows}" width="${width * columns}" height="${height * rows}" font-family="sans-serif" font-size="11">
<rect width="100%" height="100%" fill="#ffffff"/>
${drawn.join("\n")}
</svg>
`;
}

/** @param {Panel} panel */
function drawPanel({ title, x, y, series }) {
  const all = series.flatMap(({ points }) => points);
  const scaleX = logScale(
    all.map(([value]) => value),
    margin.left,
    width - margin.right,
  );
  const scaleY = logScale(
    all.map(([, value]) => value),
    height - margin.bottom,
    margin.top,
  );
  const grid = [
    ...scaleX.ticks.map((tick) => {
      const at = scaleX.at(tick).toFixed(1);
      const line = `<line x1="${at}" x2="${at}" y1="${margin.top}" y2="${height - margin.bottom}" stroke="#d8dee4"/>`;
      return `${line}<text x="${at}" y="${height - margin.bottom + 14}" text-anchor="middle">${short(tick)}</text>`;
    }),
    ...scaleY.ticks.map((tick) => {
      const at = scaleY.at(tick).toFixed(1);
      const line = `<line x1="${margin.left}" x2="${width - margin.right}" y1="${at}" y2="${at}" stroke="#d8dee4"/>`;
      return `${line}<text x="${margin.left - 6}" y="${at}" dy="4" text-anchor="end">${short(tick)}</text>`;
    }),
  ];
  const lines = series.map(({ name, points }, index) => {
    const color = colors[index % colors.length];
    const placed = points.map(([px, py]) => `${scaleX.at(px).toFixed(1)},${scaleY.at(py).toFixed(1)}`);
    const dots = placed.map(
      (point) => `<circle cx="${point.split(",")[0]}" cy="${point.split(",")[1]}" r="2.5" fill="${color}"/>`,
    );
    const legend = `<text x="${margin.left + 8}" y="${margin.top + 14 + 14 * index}" fill="${color}">${name}</text>`;
    return `<polyline points="${placed.join(" ")}" fill="none" stroke="${color}" stroke-width="1.5"/>${dots.join("")}${legend}`;
  });
  return [
    `<text x="${margin.left}" y="20" font-size="13" font-weight="bold">${title}</text>`,
    ...grid,
    ...lines,
    `<text x="${(margin.left + width - margin.right) / 2}" y="${height - 8}" text-anchor="middle">${x}</text>`,
    `<text transform="translate(12 ${(margin.top + height - margin.bottom) / 2}) rotate(-90)" text-anchor="middle">${y}</text>`,
  ].join("\n");
}

/** @param {number[]} values @param {number} from @param {number} to pixels */
function logScale(values, from, to) {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  const ticks = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
  const at = (/** @type {number} */ value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from);
  return { ticks, at };
}

/** @param {number} value */
function short(value) {
  if (value >= 1e6) return `${value / 1e6} M`;
  if (value >= 1e3) return `${value / 1e3} k`;
  return String(Number(value.toPrecision(2)));
}
