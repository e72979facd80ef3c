import type { Scheduler } from '../scheduling/scheduler.ts';
import type { Timers } from './live-job.ts';
import type { Serving, WaitingLine } from './waiting-line.ts';

/** Between two looks at who waits, where more kinds of jobs wait than are looked at once. */
const LOOK_ON_MS = 10;

export interface LineServerDeps extends Pick<Serving, 'take' | 'isPossible'> {
  readonly scheduler: Pick<Scheduler, 'hasRoom'>;
  readonly line: Pick<WaitingLine, 'serve' | 'goOn' | 'reopen'>;
  readonly timers: Timers;
}

/** Serves who waits in short looks, one after another until all were looked at or there is no room. */
export interface LineServer {
  /** Gives places that became free to who waits for them. */
  serve(services: Iterable<string>): void;
  /** The same after a node came that offers these services, or changed what it offers of them. */
  serveAnew(services: Iterable<string>): void;
}

export function createLineServer({ scheduler, line, timers, take, isPossible }: LineServerDeps): LineServer {
  /** Services of which the next look is to come. */
  const goingOn = new Set<string>();
  const servingOf = (service: string): Serving => ({ hasRoom: () => scheduler.hasRoom(service), take, isPossible });

  function goOnLater(service: string): void {
    if (goingOn.has(service)) return;
    goingOn.add(service);
    timers.after(LOOK_ON_MS, () => {
      goingOn.delete(service);
      if (line.goOn(service, servingOf(service))) goOnLater(service);
    });
  }

  function serve(services: Iterable<string>): void {
    for (const service of services) if (line.serve(service, servingOf(service))) goOnLater(service);
  }

  return {
    serve,

    serveAnew(services) {
      const all = [...services];
      for (const service of all) line.reopen(service);
      serve(all);
    },
  };
}
