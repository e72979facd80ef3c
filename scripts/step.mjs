const TICK_MS = 1000;
const QUIET_TICK_MS = 10_000;

/**
 * Does something that takes time, and shows that it goes on and for how long it took.
 *
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(what, work) {
  const isLive = process.stderr.isTTY;
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 100) / 10;
  const live = () => process.stderr.write(`\r\u001b[2K${what} … ${Math.round(seconds())} s`);
  if (isLive) live();
  else process.stderr.write(`${what} …\n`);
  const timer = setInterval(
    () => (isLive ? live() : process.stderr.write(`${what} … ${Math.round(seconds())} s\n`)),
    isLive ? TICK_MS : QUIET_TICK_MS,
  );
  try {
    return await work();
  } finally {
    clearInterval(timer);
    process.stderr.write(`${isLive ? '\r\u001b[2K' : ''}${what}: ${seconds()} s\n`);
  }
}
