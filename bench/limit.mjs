/** Says from the CPU figures what more speed would have to come from. */
import { totalOf } from './proc.mjs';

/** A thread, or the machine, that is busy for this share of the time has nothing left to give. */
const SATURATED = 0.9;

/** @typedef {import('./report.mjs').Row} Row */

/** @param {readonly Row[]} rows @param {Record<string, any>} machine */
export function limitOf(rows, machine) {
  const busiest = rows.toSorted((left, right) => right.plexus.tasksPerSecond - left.plexus.tasksPerSecond)[0];
  if (!busiest) return 'nothing was measured.';
  const sentences = [limitAt(busiest, machine)];
  const one = rows.find(({ clients }) => clients === 1);
  if (one && one !== busiest) sentences.push(latencyAt(one, machine));
  return sentences.join(' ');
}

/** @param {Row} row @param {Record<string, any>} machine */
function limitAt({ clients, plexus }, { cores }) {
  const { server, node, load } = plexus.cores;
  const threads = [
    { name: "the coordinator's event loop", cores: server.main, per: plexus.microseconds.server.main },
    { name: "the coordinator's storage thread", cores: server.storage, per: plexus.microseconds.server.storage },
    { name: "the node's event loop", cores: node.main, per: plexus.microseconds.node.main },
    { name: 'the load generator', cores: load.main, per: plexus.microseconds.load.main },
  ].toSorted((left, right) => right.cores - left.cores);
  const shares = threads.map(
    ({ name, cores: share, per }) => `${name} ${percent(share)} (${per.toFixed(0)} µs a task)`,
  );
  const used = totalOf(server) + totalOf(node) + totalOf(load) + plexus.othersCores;
  const [first] = threads;
  const at = `At ${clients} clients, its best, ${shares.join(', ')} of a core.`;
  if (used >= SATURATED * cores) {
    return `${at} All ${cores} cores are busy (${percent(used / cores)}): CPU is the limit, and most of it is ${first?.name}'s.`;
  }
  if (first && first.cores >= SATURATED)
    return `${at} One thread is full: ${first.name} is the limit, more cores do not help.`;
  return `${at} No thread and not the machine (${percent(used / cores)}) is full: waiting is the limit, for the disk or the other process.`;
}

/** @param {Row} row @param {Record<string, any>} machine */
function latencyAt({ plexus, floor }, { fsyncMs }) {
  const gap = plexus.p50 - floor.p50;
  return `At 1 client a task takes ${gap.toFixed(2)} ms longer than the floor's, of which a sync of the disk is about ${fsyncMs.toFixed(2)} ms.`;
}

/** @param {number} share */
function percent(share) {
  return `${Math.round(share * 100)} %`;
}
