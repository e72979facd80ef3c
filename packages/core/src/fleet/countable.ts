/** A whole figure that a number counts exactly, and the books hold; more than that no worker has earned or worked. */
export function countable(figure: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.round(figure));
}
