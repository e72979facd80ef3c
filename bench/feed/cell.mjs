/** One measurement: so many readers of one kind while tasks run at an even pace. */
import { cpuBetween, cpuOf, residentMib } from '../proc.mjs';
import { isSame } from './digest.mjs';
import { runTasks } from './tasks.mjs';

const MESSAGE_MS = 120_000;
const SAMPLE_MS = 200;

/**
 * @typedef {import('../child.mjs').Child} Child
 * @typedef {import('./digest.mjs').Digest} Digest
 * @typedef {object} Place
 * @property {Child} server
 * @property {readonly number[]} storageThreads
 * @property {string} url
 * @property {readonly { key: string, id: string }[]} accounts whose tasks are run
 * @property {readonly string[]} operatorKeys
 * @typedef {'nobody' | 'own' | 'receipts' | 'all'} Kind
 * @typedef {{ kind: Kind, readers: number, slow: number, tasksPerSecond: number, milliseconds: number }} Plan
 */

/** @param {Place} place @param {Child} readers @param {Plan} plan */
export async function measureCell(place, readers, plan) {
  const { server, url, accounts } = place;
  const isHeard = plan.kind !== 'nobody';
  const after = (await ask(server, { type: 'last' })).seq;
  if (isHeard) await ask(readers, openMessage(place, plan), 'opened');
  const watch = watchMemory(server.pid);
  const [cpu, readersCpu] = [cpuOf(server.pid, place.storageThreads), cpuOf(readers.pid)];
  const begunAt = performance.now();
  const keys = accounts.map(({ key }) => key);
  const { tasksPerSecond: perSecond, milliseconds } = plan;
  const answered = await runTasks({ url, keys, perSecond, milliseconds });
  const taskSeconds = (performance.now() - begunAt) / 1000;
  const through = await untilIdle(server);
  const finished = isHeard ? await ask(readers, { type: 'finish', through }, 'finished') : undefined;
  const seconds = (performance.now() - begunAt) / 1000;
  const used = cpuBetween(cpu, cpuOf(server.pid, place.storageThreads));
  const memory = watch.stop();
  const told = await ask(server, { type: 'events', after });
  const digests = finished?.['digests'] ?? [];
  return {
    ...plan,
    answered,
    jobUpdatesPerSecond: told['jobUpdates'] / taskSeconds,
    eventsPerSecond: told['all'].count / taskSeconds,
    messagesPerSecond:
      digests.reduce((/** @type {number} */ sum, /** @type {Digest} */ { count }) => sum + count, 0) / seconds,
    wrong: wrongOf(digests, { plan, told, accounts }),
    dropped: finished?.['dropped'] ?? 0,
    lateness: percentiles(finished?.['lateness'] ?? []),
    cores: { main: used.main / seconds, storage: used.storage / seconds, other: used.other / seconds },
    readersCores: cpuBetween(readersCpu, cpuOf(readers.pid)).main / seconds,
    ...memory,
  };
}

/** @param {Place} place @param {Plan} plan */
function openMessage({ url, accounts, operatorKeys }, { kind, readers: count, slow: slowCount }) {
  const { hostname: host, port } = new URL(url);
  const keys = kind === 'own' ? accounts.map(({ key }) => key) : operatorKeys;
  const event = kind === 'receipts' ? { event: 'receipt_created' } : {};
  return { type: 'open', host, port: Number(port), keys, count, slowCount, ...event };
}

/**
 * @param {readonly (Digest & { wrong: string })[]} digests
 * @param {{ plan: Plan, told: Record<string, any>, accounts: Place['accounts'] }} should
 * @returns {string[]}
 */
function wrongOf(digests, { plan, told, accounts }) {
  const expected = (/** @type {number} */ number) => {
    if (plan.kind === 'own') return told['accounts'][accounts[number % accounts.length]?.id ?? ''];
    return plan.kind === 'receipts' ? told['receipts'] : told['all'];
  };
  return digests.flatMap((digest, number) => {
    if (digest.wrong !== '') return [`reader ${number}: ${digest.wrong}`];
    const should = expected(number);
    return isSame(digest, should)
      ? []
      : [`reader ${number} heard ${digest.count} events, not ${should.count}, or others`];
  });
}

/** Waits until no job is open and nothing more is told. @param {Child} server @returns {Promise<number>} */
async function untilIdle(server) {
  for (let before = -1; ;) {
    const { seq, openJobs } = await ask(server, { type: 'last' });
    if (openJobs === 0 && seq === before) return seq;
    before = seq;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** @param {Child} child @param {import('../child.mjs').Message} message @param {string} answerType */
async function ask(child, message, answerType = message.type) {
  const answer = child.next(answerType, MESSAGE_MS);
  child.tell(message);
  return await answer;
}

/** @param {number} pid */
function watchMemory(pid) {
  const residentMibBefore = residentMib(pid);
  let residentMibMost = residentMibBefore;
  const timer = setInterval(() => (residentMibMost = Math.max(residentMibMost, residentMib(pid))), SAMPLE_MS);
  return {
    stop() {
      clearInterval(timer);
      return { residentMibBefore, residentMibMost };
    },
  };
}

/** @param {readonly number[]} values milliseconds */
function percentiles(values) {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (/** @type {number} */ share) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? 0 };
}
