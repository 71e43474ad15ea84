// Census and queues as lines under the time cursor; the tables below the map say their peaks in figures.
import { colour } from "./libraries.js";

const LINES_MAX = 6;
const DAYS = [1, 2, 5, 10, 20, 50, 100].map((days) => days * 86400);
const HUES = ["--accent", "--t1", "--t4", "--t2", "--t3", "--dead"];
const DASHES = [[], [6, 3], [2, 2], [8, 3, 2, 3], [], [6, 3]];

export function timeLines(root, document_, scene, starts, seek) {
  const at = (text) => Date.parse(text) / 1000 - starts;
  const census = series(document_.census, (each) => each.facility, (each) => each.present, at);
  const named = document_.resources.map((each) => `${each.kind.replaceAll("_", " ")}, ${each.facility ?? each.pool}`);
  const queues = series(document_.queues, (each) => named[each.resource], (each) => each.waiting, at);
  const plots = [plot(root.querySelector(".census"), census, seek), plot(root.querySelector(".queues"), queues, seek)];
  let shown = null;
  return {
    cursor(t) {
      if (shown !== null && Math.abs(shown - t) < 30) return;
      shown = t;
      for (const each of plots) each.mark(t);
    },
  };
}

// The names with the highest peaks, each with its value at every moment that any of them was sampled.
function series(samples, name, value, at) {
  const by = new Map();
  for (const sample of samples) {
    if (!by.has(name(sample))) by.set(name(sample), new Map());
    by.get(name(sample)).set(at(sample.at), value(sample));
  }
  const peak = (values) => Math.max(...values.values());
  const chosen = [...by].sort((a, b) => peak(b[1]) - peak(a[1])).slice(0, LINES_MAX).filter(([, values]) => peak(values) > 0);
  const times = [...new Set(chosen.flatMap(([, values]) => [...values.keys()]))].sort((a, b) => a - b);
  return { names: chosen.map(([each]) => each), data: [times, ...chosen.map(([, values]) => times.map((t) => values.get(t) ?? null))] };
}

function plot(root, { names, data }, seek) {
  if (!names.length) {
    root.textContent = "Nothing to show: nobody waited.";
    return { mark() {} };
  }
  const axis = { stroke: colour("--ink-soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "11px Plex, sans-serif" };
  const made = new window.uPlot(
    {
      width: root.clientWidth,
      height: 200,
      cursor: { drag: { x: false, y: false }, y: false },
      scales: { x: { time: false } },
      axes: [{ ...axis, incrs: DAYS, values: (_, ticks) => ticks.map((each) => `day ${Math.round(each / 86400) + 1}`), space: 56 }, { ...axis, size: 44, values: (_, ticks) => ticks.map((each) => each.toLocaleString("en").replaceAll(",", "\u202f")) }],
      series: [
        { label: "Time", value: (_, each) => (each == null ? "" : `day ${Math.floor(each / 86400) + 1}`) },
        ...names.map((label, index) => ({ label, stroke: colour(HUES[index]), dash: DASHES[index], width: 1.75, spanGaps: true, points: { show: false } })),
      ],
    },
    data,
    root,
  );
  made.over.addEventListener("click", () => made.cursor.left >= 0 && seek(made.posToVal(made.cursor.left, "x")));
  new ResizeObserver(() => made.setSize({ width: root.clientWidth, height: 200 })).observe(root);
  // A line laid over the plot: the plot itself is not drawn again for each frame.
  const line = document.createElement("div");
  line.className = "moment";
  made.over.append(line);
  return {
    mark(moment) {
      line.style.transform = `translateX(${Math.round(made.valToPos(moment, "x"))}px)`;
    },
  };
}
