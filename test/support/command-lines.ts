import { readdirSync, readFileSync } from 'node:fs';

/** Command lines of the processes that run now, in sandboxes too, as far as they fit a pattern. */
export function commandsLike(pattern: RegExp): readonly string[] {
  const commands = readdirSync('/proc').flatMap((pid) => {
    try {
      return /^\d+$/.test(pid) ? readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ') : [];
    } catch {
      return [];
    }
  });
  return commands.filter((command) => pattern.test(command));
}
