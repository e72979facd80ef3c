/** Ranges on one logarithmic axis, such as from a median to a 99th percentile, in panels one above the other. */
import { logScale, short } from './scale.mjs';
import { bar, dot, line, picture, roomFor, text } from './svg.mjs';

/** Of the axis. */
const LENGTH = 540;
const RIGHT = 40;
const ROW = 24;
const THICKNESS = 5;
const TITLE = 44;
const PANEL_TITLE = 26;
const AXIS = 30;

/**
 * @typedef {{ label: string, from: number, to: number, colour: import('./svg.mjs').Colour }} Range
 * @typedef {{ title: string, ranges: readonly Range[] }} Panel
 */

/** @param {{ title: string, unit: string, panels: readonly Panel[] }} plot @returns {string} SVG */
export function rangePlot({ title, unit, panels }) {
  const left = roomFor(panels.flatMap(({ ranges }) => ranges.map(({ label }) => label)));
  const values = panels.flatMap(({ ranges }) => ranges.flatMap(({ from, to }) => [from, to]));
  const scale = logScale(values, [left, left + LENGTH]);
  let y = TITLE;
  const pieces = panels.flatMap((panel) => {
    const drawn = drawPanel(panel, y, { ...scale, left });
    y += PANEL_TITLE + panel.ranges.length * ROW + AXIS;
    return drawn;
  });
  pieces.push(text({ x: left + LENGTH, y: y + 6, of: unit, look: 'dim small', anchor: 'end' }));
  return picture({ width: left + LENGTH + RIGHT, height: y + 16, title }, pieces);
}

/** @param {Panel} panel @param {number} top @param {ReturnType<typeof logScale> & { left: number }} scale */
function drawPanel({ title, ranges }, top, { marks, at, left }) {
  const first = top + PANEL_TITLE;
  const last = first + ranges.length * ROW;
  const grid = marks.flatMap((mark) => [
    line([at(mark), first], [at(mark), last], 'grid'),
    text({ x: at(mark), y: last + 16, of: short(mark), look: 'dim small', anchor: 'middle' }),
  ]);
  const rows = ranges.flatMap(({ label, from, to, colour }, index) => {
    const middle = first + index * ROW + ROW / 2;
    return [
      text({ x: left - 10, y: middle + 4, of: label, anchor: 'end' }),
      bar({ x: at(from), y: middle - THICKNESS / 2, width: at(to) - at(from), height: THICKNESS, colour }),
      dot([at(from), middle], colour),
    ];
  });
  return [text({ x: 16, y: top + 14, of: title, look: 'dim' }), ...grid, ...rows];
}
