/** Axes: from values to places, and where their marks are. */

/**
 * A logarithmic axis over whole decades, or parts of them at 1, 2 and 5.
 *
 * @param {readonly number[]} values all above zero
 * @param {readonly [number, number]} range where the axis begins and ends
 */
export function logScale(values, [start, end]) {
  const marks = marksAround(Math.min(...values), Math.max(...values));
  const [low, high] = [Math.min(...marks), Math.max(...marks)];
  const span = Math.log10(high) - Math.log10(low) || 1;
  return {
    marks,
    at: (/** @type {number} */ value) => start + ((Math.log10(value) - Math.log10(low)) / span) * (end - start),
  };
}

/** The marks from the last one below the least to the first one above the most. @param {number} least @param {number} most */
function marksAround(least, most) {
  const first = Math.floor(Math.log10(least));
  const decades = Array.from({ length: Math.ceil(Math.log10(most)) - first + 1 }, (_, index) => 10 ** (first + index));
  const steps = decades.length > 3 ? [1] : [1, 2, 5];
  const all = decades.flatMap((decade) => steps.map((step) => step * decade));
  const from = all.findLastIndex((mark) => mark <= least * 1.000001);
  const to = all.findIndex((mark) => mark >= most * 0.999999);
  return all.slice(Math.max(0, from), to < 0 ? undefined : Math.max(to, from + 1) + 1);
}

/**
 * An axis from zero.
 *
 * @param {number} most
 * @param {readonly [number, number]} range
 */
export function linearScale(most, [start, end]) {
  const rough = most / 4 || 1;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * decade).find((each) => each >= rough) ?? rough;
  const count = Math.max(1, Math.ceil(most / step - 1e-9));
  const marks = Array.from({ length: count + 1 }, (_, index) => index * step);
  return { marks, at: (/** @type {number} */ value) => start + (value / (count * step)) * (end - start) };
}

/** A figure as short as it can be read. @param {number} value */
export function short(value) {
  if (value >= 1000) return Math.round(value).toLocaleString('en-US');
  if (value >= 10 || value === 0) return String(Math.round(value));
  return String(Number(value.toPrecision(2)));
}
