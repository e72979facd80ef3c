/** Pieces of SVG that can be read on light and on dark pages. */

const FONT = '-apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif';

/** Colours by what they are for: on light pages, and on dark ones. */
const COLOURS = {
  ink: ['#1f2328', '#f0f6fc'],
  dim: ['#59636e', '#9198a1'],
  grid: ['#d1d9e0', '#3d444d'],
  ours: ['#0969da', '#4493f8'],
  other: ['#8c959f', '#7d8590'],
  floor: ['#1a7f37', '#3fb950'],
};

/** @typedef {keyof typeof COLOURS} Colour */

const style = (/** @type {0 | 1} */ theme) =>
  Object.entries(COLOURS)
    .map(([name, colours]) => `.${name}{fill:${colours[theme]}}.${name}-line{stroke:${colours[theme]}}`)
    .join('');

/**
 * A whole picture.
 *
 * @param {{ width: number, height: number, title: string }} frame
 * @param {readonly string[]} pieces
 */
export function picture({ width, height, title }, pieces) {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(title)}">`,
    `<style>text{font:13px ${FONT}}.title{font-size:15px;font-weight:600}.small{font-size:12px}line,path{fill:none;stroke-width:1}`,
    `${style(0)}@media(prefers-color-scheme:dark){${style(1)}}</style>`,
    text({ x: 16, y: 26, of: title, look: 'ink title' }),
    ...pieces,
    '</svg>',
    '',
  ].join('\n');
}

/** @param {{ x: number, y: number, of: string, look?: string, anchor?: 'start' | 'middle' | 'end' }} what */
export function text({ x, y, of, look = 'ink', anchor = 'start' }) {
  return `<text x="${at(x)}" y="${at(y)}" class="${look}" text-anchor="${anchor}">${escape(of)}</text>`;
}

/** @param {{ x: number, y: number, width: number, height: number, colour: Colour }} box */
export function bar({ x, y, width, height, colour }) {
  return `<rect x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}" rx="2" class="${colour}"/>`;
}

/** @param {readonly [number, number]} from @param {readonly [number, number]} to @param {Colour} colour */
export function line([x1, y1], [x2, y2], colour) {
  return `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" class="${colour}-line"/>`;
}

/** @param {readonly (readonly [number, number])[]} points @param {Colour} colour */
export function path(points, colour) {
  const steps = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${at(x)} ${at(y)}`);
  return `<path d="${steps.join(' ')}" class="${colour}-line" style="stroke-width:2"/>`;
}

/** @param {readonly [number, number]} centre @param {Colour} colour */
export function dot([x, y], colour) {
  return `<circle cx="${at(x)}" cy="${at(y)}" r="4" class="${colour}"/>`;
}

/** Room for the longest of some labels: letters of 13 px take about half of that. @param {readonly string[]} labels */
export function roomFor(labels) {
  return 30 + 6.8 * Math.max(...labels.map(({ length }) => length));
}

/** @param {number} value */
function at(value) {
  return Math.round(value * 10) / 10;
}

/** @param {string} value */
function escape(value) {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
