/**
 * The clock of an engine with continuous batching: every step makes one token for each stream that waits for one.
 * Steps follow each other as fast as the event loop turns, or at a pace.
 */
export function createSteps() {
  let intervalMs = 0;
  let lastTick = 0;
  let isArmed = false;
  /** @type {(() => void)[]} */
  let waiting = [];

  function run() {
    isArmed = false;
    const due = waiting;
    waiting = [];
    for (const take of due) take();
  }

  function arm() {
    isArmed = true;
    if (intervalMs === 0) return setImmediate(run);
    const now = performance.now();
    // A timer may fire a little early, and its tick must not come twice.
    lastTick = Math.max(lastTick, Math.floor(now / intervalMs)) + 1;
    return setTimeout(run, lastTick * intervalMs - now);
  }

  return {
    /** @param {() => void} take called at the next step */
    next(take) {
      waiting.push(take);
      if (!isArmed) arm();
    },
    /** @param {number} tokensPerSecond of each stream; 0 for as fast as can be */
    setPace(tokensPerSecond) {
      intervalMs = tokensPerSecond === 0 ? 0 : 1000 / tokensPerSecond;
      lastTick = 0;
    },
  };
}
