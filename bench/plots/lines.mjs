/** Lines over a logarithmic axis, from zero upwards. */
import { linearScale, logScale, short } from './scale.mjs';
import { dot, line, path, picture, roomFor, text } from './svg.mjs';

/** Of the axis across. */
const LENGTH = 500;
const HEIGHT = 340;
const LEFT = 70;
const TOP = 56;
const BOTTOM = 52;
/** Names of lines that end near one another are kept so far apart. */
const APART = 16;

/**
 * @typedef {{ label: string, points: readonly (readonly [number, number])[], colour: import('./svg.mjs').Colour }} Line
 */

/** @param {{ title: string, across: string, up: string, lines: readonly Line[] }} plot @returns {string} SVG */
export function linePlot({ title, across, up, lines }) {
  const all = lines.flatMap(({ points }) => points);
  const x = logScale(
    all.map(([value]) => value),
    [LEFT, LEFT + LENGTH],
  );
  const y = linearScale(Math.max(...all.map(([, value]) => value)), [HEIGHT - BOTTOM, TOP]);
  const pieces = [
    ...y.marks.flatMap((mark) => [
      line([LEFT, y.at(mark)], [LEFT + LENGTH, y.at(mark)], 'grid'),
      text({ x: LEFT - 8, y: y.at(mark) + 4, of: short(mark), look: 'dim small', anchor: 'end' }),
    ]),
    ...x.marks.map((mark) =>
      text({ x: x.at(mark), y: HEIGHT - BOTTOM + 18, of: short(mark), look: 'dim small', anchor: 'middle' }),
    ),
    text({ x: LEFT, y: TOP - 10, of: up, look: 'dim small' }),
    text({ x: LEFT + LENGTH / 2, y: HEIGHT - 12, of: across, look: 'dim small', anchor: 'middle' }),
    ...lines.flatMap(({ points, colour }) => {
      const places = points.map(([left, right]) => /** @type {const} */ ([x.at(left), y.at(right)]));
      return [path(places, colour), ...places.map((place) => dot(place, colour))];
    }),
    ...namesOf(lines, y.at),
  ];
  return picture({ width: LEFT + LENGTH + roomFor(lines.map(({ label }) => label)), height: HEIGHT, title }, pieces);
}

/** @param {readonly Line[]} lines @param {(value: number) => number} at */
function namesOf(lines, at) {
  const ends = lines.map(({ label, points }) => ({ label, y: at(points.at(-1)?.[1] ?? 0) + 4 }));
  let above = -APART;
  return ends
    .toSorted((left, right) => left.y - right.y)
    .map(({ label, y }) => {
      above = Math.max(y, above + APART);
      return text({ x: LEFT + LENGTH + 12, y: above, of: label, look: 'ink small' });
    });
}
