/** Whether a process of this machine lives, whoever's it is. */
import { hasCode } from '@plexus/protocol';
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}
