import { oneLine } from './text.ts';
import { columnsOf } from './width.ts';

/** A cell whose text may be painted after its width is known. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

const GAP = '  ';

/** Rows under a title line, every column as wide as its widest cell. */
export function table(columns: readonly Column[], rows: readonly (readonly (string | Cell)[])[]): string {
  const body = rows.map((row) => row.map(asCell));
  const widths = columns.map(({ title }, at) =>
    Math.max(title.length, ...body.map((row) => columnsOf(row[at]?.text ?? ''))),
  );
  const head = columns.map(({ title }) => ({ text: title.toUpperCase() }));
  return [head, ...body].map((row) => line(row, columns, widths)).join('');
}

/** Names and values in two columns. */
export function fields(pairs: readonly (readonly [string, string | Cell])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(width)}${GAP}${painted(asCell(value))}\n`).join('');
}

function line(row: readonly Cell[], columns: readonly Column[], widths: readonly number[]): string {
  const cells = columns.map(({ align }, at) => {
    const cell = row[at] ?? { text: '' };
    const room = ' '.repeat(Math.max(0, (widths[at] ?? 0) - columnsOf(cell.text)));
    return align === 'right' ? room + painted(cell) : painted(cell) + room;
  });
  return `${cells.join(GAP).trimEnd()}\n`;
}

function asCell(value: string | Cell): Cell {
  return typeof value === 'string' ? { text: oneLine(value) } : { ...value, text: oneLine(value.text) };
}

function painted({ text, paint }: Cell): string {
  return paint ? paint(text) : text;
}
