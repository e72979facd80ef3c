import { table } from '../figures.mjs';

/** @type {Readonly<Record<string, string>>} */
const KINDS = {
  nobody: 'nobody reads',
  own: "readers of their own account's events",
  receipts: "operators' readers of receipts alone",
  all: "operators' readers of everything",
};

/** @typedef {Awaited<ReturnType<typeof import('./cell.mjs').measureCell>>} Cell */

/** @param {{ machine: Record<string, any>, cells: readonly Cell[] }} result */
export function markdownOf({ machine, cells }) {
  const { cpu, cores, memoryGib, kernel, node, fileSystem, fsyncMs } = machine;
  const rows = cells.map((cell) => [
    KINDS[cell.kind] ?? cell.kind,
    cell.readers,
    cell.jobUpdatesPerSecond.toFixed(0),
    cell.eventsPerSecond.toFixed(0),
    cell.messagesPerSecond.toFixed(0),
    cell.readers === 0 ? '' : cell.wrong.length === 0 ? 'yes' : `**no** (${cell.wrong.length})`,
    cell.lateness.max === 0 ? '' : `${cell.lateness.p50} / ${cell.lateness.p99}`,
    `${cell.cores.main.toFixed(2)} + ${(cell.cores.storage + cell.cores.other).toFixed(2)}`,
    `${cell.residentMibBefore.toFixed(0)} → ${cell.residentMibMost.toFixed(0)}`,
    cell.slow === 0 ? '' : `${cell.dropped} of ${cell.slow}`,
  ]);
  const head = [
    'who',
    'readers',
    'job updates/s',
    'events/s',
    'messages/s',
    'each heard all of its own, in order',
    'ms late p50 / p99',
    'coordinator cores: loop + rest',
    'RSS MiB before → most',
    'readers that do not read, dropped',
  ];
  const wrong = cells.flatMap((cell) => cell.wrong.slice(0, 3).map((text) => `- ${cell.kind}: ${text}`));
  return [
    '# Readers of the feed',
    '',
    'GemmaNet `echo` tasks at an even pace through one coordinator and one node, each told to readers of `WSS /ws` as three job',
    'updates and a receipt. What each reader heard is compared with the books afterwards: every event of its filter, once, in order.',
    "Late is from a job's end until a reader has it, its commit among it; readers and tasks run on the same machine.",
    '',
    ...table(head, rows),
    '',
    ...wrong,
    `${cpu}, ${cores} cores, ${memoryGib} GiB, Linux ${kernel}, Node ${node}, ${fileSystem} with ${fsyncMs.toFixed(2)} ms a sync.`,
    '',
  ].join('\n');
}
