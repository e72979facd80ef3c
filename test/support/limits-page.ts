/** docs/operations/limits.md as a program reads it. */
import { readFileSync } from 'node:fs';

export interface LimitRow {
  readonly what: string;
  /** In the unit of the constant: milliseconds, seconds, bytes or a plain number. */
  readonly value: number;
  readonly setBy: string;
  readonly metric: string;
  /** As `readNumberConstants` names it. */
  readonly constant: string;
}

const HEADER = ['what', 'default', 'set by', 'metric', 'at the bound', 'constant'];
const SCALE: Readonly<Record<string, number>> = {
  '': 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  Ki: 1024,
  Mi: 1024 ** 2,
  ms: 1,
  s: 1000,
  min: 60_000,
};

export const PAGE = readFileSync('docs/operations/limits.md', 'utf8');

/** Every line that names a constant. `〃` stands for what the line above has there. */
export function limitRows(): readonly LimitRow[] {
  let file = '';
  return tables(HEADER).map(([what = '', value = '', setBy = '', metric = '', , cell = '']) => {
    const [, name = '', place = '〃'] = /^`([\w.]+)` in (?:`([\w./-]+)`|〃)$/.exec(cell) ?? [];
    if (name === '') throw new Error(`"${what}" names no constant: ${cell}`);
    if (place !== '〃') file = place;
    return { what, value: numberOf(value, name), setBy, metric, constant: `${file} ${name}` };
  });
}

/** The rows of all tables that have these titles. */
export function tables(titles: readonly string[]): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let isWanted = false;
  for (const line of PAGE.split('\n')) {
    if (!line.startsWith('|')) isWanted = false;
    else if (line === `| ${titles.join(' | ')} |`) isWanted = true;
    else if (isWanted && !line.startsWith('|---')) rows.push(cellsOf(line));
  }
  return rows;
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** Constants in seconds keep theirs; all other times are milliseconds. */
function numberOf(text: string, name: string): number {
  const [, digits = '', unit = ''] = /^([\d,.]+)(?: (\w+))?$/.exec(text) ?? [];
  const scale = SCALE[unit];
  if (digits === '' || scale === undefined) throw new Error(`"${text}" is no value for ${name}`);
  const value = Number(digits.replaceAll(',', '')) * scale;
  return name.endsWith('_SECONDS') ? value / 1000 : value;
}
