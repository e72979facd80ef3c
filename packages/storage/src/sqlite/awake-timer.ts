const SLICE_MS = 1000;

/**
 * Calls once after so long, of which only time counts in which this process ran: one that stood still must not blame
 * others for it.
 *
 * @param ms in whole seconds
 * @returns what calls it off
 */
export function afterAwake(ms: number, call: () => void): () => void {
  let left = Math.ceil(ms / SLICE_MS);
  const slices = setInterval(() => {
    left -= 1;
    if (left > 0) return;
    clearInterval(slices);
    call();
  }, SLICE_MS);
  return () => clearInterval(slices);
}
