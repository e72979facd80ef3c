import { readdirSync, readFileSync } from 'node:fs';

/** Command lines of the processes that this one and its children have begun, in sandboxes too, that fit a pattern. */
export function commandsLike(pattern: RegExp): readonly string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const parents = new Map(pids.map((pid) => [pid, parentOf(pid)]));
  const isOurs = (pid: string | undefined): boolean =>
    pid !== undefined && (pid === `${process.pid}` || isOurs(parents.get(pid)));
  return pids
    .filter((pid) => isOurs(parents.get(pid)))
    .map((pid) => read(pid, 'cmdline').replaceAll('\0', ' '))
    .filter((command) => pattern.test(command));
}

/** The name of a program may have anything in it, but no `)` comes after its end. */
function parentOf(pid: string): string | undefined {
  return /^ \S (\d+)/.exec(read(pid, 'stat').split(')').at(-1) ?? '')?.[1];
}

/** Nothing of a process that has ended meanwhile. */
function read(pid: string, file: 'cmdline' | 'stat'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
