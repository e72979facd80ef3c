import type { Books } from '../books/books.ts';
import type { EventBus } from '../events/events.ts';
import type { StopTimer, Timers } from './live-job.ts';

/** Progress is written so often at most, of all jobs together. */
const NOTE_EVERY_MS = 1000;
/** Jobs in one command: what one commit tells has a bound. */
const MAX_NOTES = 500;

export interface ProgressNotesDeps {
  readonly books: Pick<Books, 'commit'>;
  readonly events: EventBus;
  readonly timers: Timers;
  readonly clock: () => Date;
}

/** Writes how far jobs are, so that readers of the feed are told. */
export interface ProgressNotes {
  /** Writes nothing more. */
  stop(): void;
}

export function createProgressNotes({ books, events, timers, clock }: ProgressNotesDeps): ProgressNotes {
  let waiting = new Map<string, number>();
  let stopTimer: StopTimer | undefined;

  function write(): void {
    stopTimer = undefined;
    const notes = [...waiting].map(([jobId, percent]) => ({ jobId, percent }));
    waiting = new Map();
    for (let from = 0; from < notes.length; from += MAX_NOTES) {
      const command = { type: 'noteProgress', notes: notes.slice(from, from + MAX_NOTES), at: clock() } as const;
      // A later note says more; when the books themselves have failed, everybody is told by other ways.
      books.commit(command).catch(() => undefined);
    }
  }

  const unsubscribe = events.subscribe((event) => {
    if (event.type !== 'job_progress') return;
    waiting.set(event.job.id, event.job.progressPercent ?? 0);
    stopTimer ??= timers.after(NOTE_EVERY_MS, write);
  });

  return {
    stop() {
      unsubscribe();
      stopTimer?.();
    },
  };
}
