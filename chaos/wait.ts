import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 10;

export { sleep };

/** Waits until something is so, looking again and again; says whether it came to be so in time. */
export async function until(isSo: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    if (await isSo()) return true;
    if (performance.now() > deadline) return false;
    await sleep(LOOK_EVERY_MS);
  }
}

/** @throws {Error} when it did not come to be so in time */
export async function mustBecome(what: string, isSo: () => boolean | Promise<boolean>, limitMs: number): Promise<void> {
  const tried = async () => {
    try {
      return await isSo();
    } catch {
      return false;
    }
  };
  if (!(await until(tried, limitMs))) throw new Error(`In ${limitMs / 1000} s it did not come to this: ${what}`);
}
