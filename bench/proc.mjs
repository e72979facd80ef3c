/** What Linux says of processes, threads and the machine. */
import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of /proc in a second: USER_HZ, which is 100 on every Linux that Node.js runs on. */
const TICKS_PER_SECOND = 100;
const NANOSECONDS = 1e9;

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
  const cpu = { main: 0, storage: 0, other: 0 };
  for (const id of readdirSync(`/proc/${pid}/task`).map(Number)) {
    const part = id === pid ? 'main' : storageThreads.includes(id) ? 'storage' : 'other';
    cpu[part] += threadSeconds(pid, id);
  }
  return cpu;
}

/**
 * CPU of a process and all that descend from it, those included that have ended: a database's.
 *
 * @param {number} pid
 * @returns {Cpu} all of it as `main`
 */
export function familyCpuOf(pid) {
  return { main: familySeconds(pid), storage: 0, other: 0 };
}

/** @param {number} pid @returns {number} */
function familySeconds(pid) {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    const own = totalOf(cpuOf(pid)) + endedChildrenSeconds(pid);
    return children.reduce((sum, child) => sum + familySeconds(child), own);
  } catch {
    // It ended between two looks; what it took is then its parent's to tell.
    return 0;
  }
}

/** What children took that the process has waited for. Source: proc_pid_stat(5), cutime and cstime. */
function endedChildrenSeconds(/** @type {number} */ pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
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

/** What the scheduler counted: exact where /proc/PID/stat has hundredths of a second. Source: sched-stats.rst. */
function threadSeconds(/** @type {number} */ pid, /** @type {number} */ id) {
  const [running = ''] = readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ', 1);
  return Number(running) / NANOSECONDS;
}
