/** `npm run bench:scale`: what grows with nodes and with history. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from '../child.mjs';
import { writeFiles } from '../figures.mjs';
import { describeMachine } from '../machine.mjs';
import { withStops } from '../stops.mjs';
import { measureLists } from './lists.mjs';
import { measureIdleNodes } from './nodes.mjs';
import { readOptions, USAGE } from './options.mjs';
import { plotsOf } from './plots.mjs';
import { markdownOf, verdictsOf } from './report.mjs';

const SCHEDULING_MS = 600_000;

/** @typedef {NonNullable<ReturnType<typeof readOptions>>} Options */

/** @returns {Promise<number>} the exit code */
export async function runBench() {
  const options = readOptions();
  if (!options) {
    console.log(USAGE);
    return 0;
  }
  return await withStops(async (stops) => {
    const folder = mkdtempSync(join(options.home, 'plexus-bench-'));
    await stops.add(() => rmSync(folder, { recursive: true, force: true }));
    const result = await measureAll(options, { folder, stops });
    const markdown = markdownOf(result);
    const json = `${JSON.stringify(result, undefined, 2)}\n`;
    writeFiles(options.out, { 'scale.md': markdown, 'scale.json': json, ...plotsOf(result) });
    console.log(`\n${markdown}`);
    return verdictsOf(result).every((verdict) => verdict.isMet) ? 0 : 1;
  });
}

/** @param {Options} options @param {{ folder: string, stops: import('../stops.mjs').Stops }} place */
async function measureAll({ parts, ...plan }, place) {
  const machine = describeMachine(place.folder, plan.node);
  /** @type {import('./report.mjs').Result} */
  const result = { when: new Date().toISOString(), machine };
  for (const part of parts) {
    console.error(`measuring ${part} …`);
    Object.assign(result, { [part]: await MEASURES[part](plan, place) });
  }
  return result;
}

/** @type {Readonly<Record<import('./options.mjs').Part, (plan: Omit<Options, 'parts'>, place: { folder: string, stops: import('../stops.mjs').Stops }) => Promise<unknown>>>} */
const MEASURES = { nodes: measureIdleNodes, scheduling: measureScheduling, lists: measureLists };

/** @param {{ live: readonly number[], slices: number, node: string }} plan @param {{ stops: import('../stops.mjs').Stops }} place */
async function measureScheduling({ live, slices, node }, { stops }) {
  const settings = { counts: live, slices };
  const child = await startChild(new URL('./scheduling.mjs', import.meta.url), {
    node,
    nodeFlags: [],
    settings,
    stops,
  });
  const measured = child.next('measured', SCHEDULING_MS);
  child.tell({ type: 'run' });
  const { scheduling } = await measured;
  await child.stop();
  return scheduling;
}
