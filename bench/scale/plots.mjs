/** The plots of the benchmark at scale. */
import { linePlot } from '../plots/lines.mjs';
import { rangePlot } from '../plots/ranges.mjs';
import { SCENARIOS } from './scenarios.mjs';

/** @param {import('./report.mjs').Result} result @returns {Record<string, string>} SVG by file name */
export function plotsOf({ scheduling, lists }) {
  return {
    ...(scheduling && {
      'scale-scheduling.svg': linePlot({
        title: 'A scheduling decision, by connected nodes',
        across: 'connected nodes, logarithmic',
        up: 'µs of CPU',
        lines: scheduling.map(({ scenario, costs }) => ({
          label: String(SCENARIOS[scenario]?.label),
          points: costs.map(({ nodes, microseconds }) => /** @type {const} */ ([nodes, microseconds])),
          colour: scenario === 'any' ? 'ours' : 'other',
        })),
      }),
    }),
    ...(lists && {
      'scale-pages.svg': rangePlot({
        title: 'A page: median (dot) to 99th percentile',
        unit: 'ms, logarithmic',
        panels: [
          {
            title: `${lists.small.rows.toLocaleString('en-US')} jobs`,
            ranges: lists.pages.map(({ page, small }) => rangeOf(page, small, 'other')),
          },
          {
            title: `${lists.large.rows.toLocaleString('en-US')} jobs`,
            ranges: lists.pages.map(({ page, large }) => rangeOf(page, large, 'ours')),
          },
        ],
      }),
    }),
  };
}

/** @param {string} label @param {{ p50: number, p99: number }} times @param {import('../plots/svg.mjs').Colour} colour */
function rangeOf(label, { p50, p99 }, colour) {
  return { label, from: p50, to: p99, colour };
}
