import type { Statement } from './session.ts';

/** Statements by which almost every task is written. Each other one comes as a statement of its own. */
const USUAL = new Set([
  'update account',
  'update api_key',
  'update node_score',
  'insert job',
  'change job',
  'insert transfer',
  'insert receipt',
  'insert feed',
  'add job_count',
  'add day_count',
]);

const made = new Map<string, Pick<Statement, 'name' | 'text'>>();

/**
 * Whether these can run as parts of one statement: no part sees what another one changes, and each combination is
 * planned once, so there must not be too many.
 */
export function canRunTogether(statements: readonly Statement[]): boolean {
  const names = statements.map(({ name }) => name);
  return names.every((name) => USUAL.has(name)) && !(names.includes('insert job') && names.includes('change job'));
}

/**
 * The statements as parts of one, which is a transaction of its own and costs one message each way. It divides by zero,
 * and changes nothing, where the mark finds no row.
 */
export function together(mark: Statement, statements: readonly Statement[]): Statement {
  const parts = [mark, ...statements];
  const key = parts.map(({ name }) => name).join(', ');
  const { name, text } = made.get(key) ?? make(key, parts);
  return { name, text, values: parts.flatMap(({ values = [] }) => values) };
}

function make(key: string, parts: readonly Statement[]): Pick<Statement, 'name' | 'text'> {
  let places = 0;
  const texts = parts.map(({ text, values = [] }, at) => {
    const before = places;
    places += values.length;
    const renumbered = text.replaceAll(/\$(\d+)/g, (_place, number: string) => `$${before + Number(number)}`);
    return `part_${at} AS (${renumbered})`;
  });
  // The server tells statements apart by the first 63 bytes of their names.
  const statement = {
    name: `together ${made.size}`,
    text: `WITH ${texts.join(', ')} SELECT 1 / COUNT(*) FROM part_0`,
  };
  made.set(key, statement);
  return statement;
}
