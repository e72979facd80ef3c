import type { Command } from 'commander';
import { oneLine } from '../output/text.ts';
import type { Session } from '../session.ts';
import { wholeNumber } from '../values.ts';

/** The network gives no longer pages. */
const MAX_PAGE = 1000;

export interface PageFlags {
  readonly limit?: number;
  readonly after?: string;
}

export function withPages(command: Command): Command {
  return command
    .option('--limit <n>', 'length of a page, 50 unless told', wholeNumber(1, MAX_PAGE))
    .option('--after <cursor>', 'the page after this one; printed under each page that has more');
}

export function pageQuery({ limit, after }: PageFlags): { limit?: number; after?: string } {
  return { ...(limit !== undefined && { limit }), ...(after !== undefined && { after }) };
}

export function morePages(session: Session, next: string | null): void {
  if (next !== null) session.note(session.colours.dim(`more: add --after ${oneLine(next)}`));
}
