/** Horizontal bars in panels one above the other, each with an axis of its own from zero. */
import { linearScale, short } from './scale.mjs';
import { bar, line, picture, roomFor, text } from './svg.mjs';

/** Of the longest bar. */
const LENGTH = 480;
const VALUES = 130;
const ROW = 24;
const BAR = 15;
const TITLE = 44;
const PANEL_TITLE = 26;
const GAP = 18;

/**
 * @typedef {{ label: string, value: number, note?: string, colour: import('./svg.mjs').Colour }} Bar
 * @typedef {{ title: string, bars: readonly Bar[] }} Panel
 */

/** @param {{ title: string, panels: readonly Panel[] }} plot @returns {string} SVG */
export function barPlot({ title, panels }) {
  const left = roomFor(panels.flatMap(({ bars }) => bars.map(({ label }) => label)));
  let y = TITLE;
  const pieces = panels.flatMap((panel) => {
    const drawn = drawPanel(panel, y, left);
    y += heightOf(panel);
    return drawn;
  });
  return picture({ width: left + LENGTH + VALUES, height: y, title }, pieces);
}

/** @param {Panel} panel */
function heightOf({ bars }) {
  return PANEL_TITLE + bars.length * ROW + GAP;
}

/** @param {Panel} panel @param {number} top @param {number} left where the bars begin */
function drawPanel({ title, bars }, top, left) {
  const scale = linearScale(Math.max(...bars.map(({ value }) => value)), [left, left + LENGTH]);
  const first = top + PANEL_TITLE;
  const axis = line([left, first], [left, first + bars.length * ROW], 'grid');
  return [
    text({ x: 16, y: top + 14, of: title, look: 'dim' }),
    ...bars.flatMap((each, index) => drawBar(each, first + index * ROW, scale)),
    axis,
  ];
}

/** @param {Bar} each @param {number} top @param {{ at: (value: number) => number }} scale */
function drawBar({ label, value, note = '', colour }, top, { at }) {
  const middle = top + ROW / 2 + 4;
  return [
    text({ x: at(0) - 10, y: middle, of: label, anchor: 'end' }),
    bar({ x: at(0), y: top + (ROW - BAR) / 2, width: Math.max(1, at(value) - at(0)), height: BAR, colour }),
    text({ x: at(value) + 8, y: middle, of: `${short(value)}${note}`, look: 'ink small' }),
  ];
}
