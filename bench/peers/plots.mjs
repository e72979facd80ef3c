/** The plots of the benchmark beside peers. */
import { barPlot } from '../plots/bars.mjs';
import { rangePlot } from '../plots/ranges.mjs';
import { CONTENDERS } from './contenders.mjs';

/** @typedef {import('./rows.mjs').Row} Row */

/** @param {readonly Row[]} rows @returns {Record<string, string>} SVG by file name */
export function plotsOf(rows) {
  const counts = [...new Set(rows.map(({ clients }) => clients))];
  const panels = counts.map((clients) => ({
    title: clients === 1 ? '1 client' : `${clients} clients`,
    rows: rows.filter((row) => row.clients === clients),
  }));
  return {
    'peers-throughput.svg': barPlot({
      title: 'Tasks a second',
      panels: panels.map(({ title, rows: own }) => ({ title, bars: own.map(barOf) })),
    }),
    'peers-latency.svg': rangePlot({
      title: 'From task to result: median (dot) to 99th percentile',
      unit: 'ms, logarithmic',
      panels: panels.map(({ title, rows: own }) => ({ title, ranges: own.map(rangeOf) })),
    }),
  };
}

/** @param {Row} row */
function barOf({ name, cell, ofFloor }) {
  const note = ofFloor === undefined || name === 'floor' ? '' : ` · ${ofFloor.toFixed(2)} of floor`;
  return { label: CONTENDERS[name].label, value: cell.tasksPerSecond, note, colour: colourOf(name) };
}

/** @param {Row} row */
function rangeOf({ name, cell }) {
  return { label: CONTENDERS[name].label, from: cell.p50, to: cell.p99, colour: colourOf(name) };
}

/** @param {Row['name']} name */
function colourOf(name) {
  if (name === 'floor') return 'floor';
  return CONTENDERS[name].isOurs ? 'ours' : 'other';
}
