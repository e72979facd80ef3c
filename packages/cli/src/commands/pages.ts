import type { Command } from 'commander';
import { oneLine } from '../output/text.ts';
import type { Session } from '../session.ts';
import { wholeNumber } from '../values.ts';

/** The network gives no longer pages. */
const MAX_PAGE = 1000;
const MAX_OFFSET = 1_000_000_000;
const PAGE = 50;

export interface PageFlags {
  readonly limit?: number;
  readonly after?: string;
}

export function withPages(command: Command): Command {
  return withLimit(command).option(
    '--after <cursor>',
    'the page after this one; printed under each page that has more',
  );
}

export function pageQuery({ limit, after }: PageFlags): { limit?: number; after?: string } {
  return { ...(limit !== undefined && { limit }), ...(after !== undefined && { after }) };
}

export function morePages(session: Session, next: string | null): void {
  if (next !== null) session.note(session.colours.dim(`more: add --after ${oneLine(next)}`));
}

/** A page of a list that is counted from its beginning. */
export interface OffsetFlags {
  readonly limit?: number;
  readonly offset?: number;
}

export function withOffset(command: Command): Command {
  return withLimit(command).option('--offset <n>', 'leave out so many before', wholeNumber(0, MAX_OFFSET));
}

export function offsetQuery({ limit, offset }: OffsetFlags): { limit?: number; offset?: number } {
  return { ...(limit !== undefined && { limit }), ...(offset !== undefined && { offset }) };
}

export function moreFrom(session: Session, { limit = PAGE, offset = 0 }: OffsetFlags, shown: number): void {
  if (shown === limit) session.note(session.colours.dim(`perhaps more: add --offset ${offset + shown}`));
}

function withLimit(command: Command): Command {
  return command.option('--limit <n>', `length of a page, ${PAGE} unless told`, wholeNumber(1, MAX_PAGE));
}
