import type { FrameWriter } from './frames.ts';
import type { Lease } from './lease.ts';

const INTERVAL_MS = 200;

/** Tells how far tasks are, each at most five times a second and only on change. */
export interface ProgressReporter {
  note(lease: Lease, percent: number): void;
  /** The lease outlived the turn it came in; until then the result is likely to say it all. */
  begun(lease: Lease): void;
  close(): void;
}

export function createProgressReporter(
  frame: FrameWriter,
  send: (frames: readonly string[]) => void,
): ProgressReporter {
  const changed = new Set<Lease>();
  let timer: NodeJS.Timeout | undefined;

  function mark(lease: Lease): void {
    changed.add(lease);
    timer ??= setTimeout(tell, INTERVAL_MS);
  }

  function tell(): void {
    timer = undefined;
    const frames: string[] = [];
    for (const { assign, phase, percent } of changed) {
      if (phase !== 'running' || assign.epoch === undefined) continue;
      frames.push(frame('TASK_PROGRESS', { task_id: assign.task_id, epoch: assign.epoch, percent }));
    }
    changed.clear();
    if (frames.length > 0) send(frames);
  }

  return {
    note(lease, percent) {
      const whole = Math.min(100, Math.floor(percent));
      if (!(whole > lease.percent)) return;
      lease.percent = whole;
      if (lease.phase === 'running') mark(lease);
    },
    begun(lease) {
      if (lease.percent > 0) mark(lease);
    },
    close() {
      clearTimeout(timer);
      changed.clear();
    },
  };
}
