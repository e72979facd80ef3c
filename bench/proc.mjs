/** What Linux says of processes, threads and the machine. */
import { readFileSync } from 'node:fs';

/** Ticks of /proc in a second: USER_HZ, which is 100 on every Linux that Node.js runs on. */
const TICKS_PER_SECOND = 100;
/** Fields after the command's name in /proc/PID/stat. Source: proc(5). */
const USER_TIME = 11;
const SYSTEM_TIME = 12;

/**
 * CPU seconds that a process has used, by what its threads do.
 *
 * @typedef {{ main: number, storage: number, other: number }} Cpu `other`: garbage collection, libuv's pool
 */

/**
 * @param {number} pid
 * @param {readonly number[]} storageThreads
 * @returns {Cpu}
 */
export function cpuOf(pid, storageThreads = []) {
  const threadSeconds = (/** @type {number} */ id) => secondsOf(`/proc/${pid}/task/${id}/stat`);
  const main = threadSeconds(pid);
  const storage = storageThreads.reduce((sum, id) => sum + threadSeconds(id), 0);
  return { main, storage, other: secondsOf(`/proc/${pid}/stat`) - main - storage };
}

/** @param {Cpu} from @param {Cpu} to @returns {Cpu} */
export function cpuBetween(from, to) {
  return { main: to.main - from.main, storage: to.storage - from.storage, other: to.other - from.other };
}

/** @param {Cpu} cpu */
export function totalOf({ main, storage, other }) {
  return main + storage + other;
}

/** CPU seconds that the machine has been busy, with everything that runs on it. */
export function machineBusy() {
  const [, ...ticks] = (readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? '').split(/\s+/).map(Number);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, steal = 0] = ticks;
  return (user + nice + system + irq + softIrq + steal) / TICKS_PER_SECOND;
}

/** Resident memory of a process in MiB. */
export function residentMib(/** @type {number} */ pid) {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) / 1024;
}

/** @param {string} file */
function secondsOf(file) {
  const text = readFileSync(file, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME])) / TICKS_PER_SECOND;
}
