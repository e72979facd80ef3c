import type { NewJob } from '../jobs/job.ts';
import type { Command, Outcome } from './commands.ts';
import type { AnyDraft } from './draft.ts';
import type { Touched } from './touched.ts';

/** A command of any storage: what rules need to know of it. */
export type AnyCommand = Command<NewJob, unknown>;

/** How one kind of command is applied, and which rows it needs for that besides its job. */
export interface Rule<C> {
  touch(command: C, into: Touched): void;
  apply(draft: AnyDraft, command: C): Omit<Outcome, 'accounts' | 'keys'> | void;
}

/** The rules of some kinds of commands. */
export type RulesOf<T extends AnyCommand['type']> = { readonly [K in T]: Rule<Extract<AnyCommand, { type: K }>> };
