/** What Linux says of processes. */
import { readdirSync, readFileSync } from 'node:fs';

export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Its arguments, each ended by a zero. */
  readonly commandLine: string;
  readonly environment: string;
}

/** All of them that this user may look at. */
export function listProcesses(): readonly Process[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => ({
    pid: Number(pid),
    parent: Number(/^PPid:\s+(\d+)$/m.exec(read(pid, 'status'))?.[1] ?? 0),
    commandLine: read(pid, 'cmdline'),
    environment: read(pid, 'environ'),
  }));
}

/** A process may end while it is looked at, or be somebody else's. */
function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
