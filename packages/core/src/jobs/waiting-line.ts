import { DomainError } from '../errors.ts';
import type { LiveJob } from './live-job.ts';

/** Jobs of one service that may wait for a place. */
const MAX_WAITING = 10_000;
/** Told to a client whose job found no room to wait. */
const RETRY_AFTER_SECONDS = 5;

/** Jobs that wait for a place at a node, first come first served in each service. */
export class WaitingLine {
  private readonly lines = new Map<string, Set<LiveJob>>();

  /**
   * Asked before a new job is accepted; one that is accepted is never turned away.
   *
   * @throws {DomainError} QUEUE_FULL
   */
  requireRoom(service: string): void {
    if (this.countWaiting(service) < MAX_WAITING) return;
    const message = `The queue for "${service}" is full (${MAX_WAITING} tasks); try again in ${RETRY_AFTER_SECONDS} s`;
    throw new DomainError('QUEUE_FULL', message, {
      service,
      waiting: MAX_WAITING,
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  }

  join(live: LiveJob): void {
    const service = live.job.service;
    const line = this.lines.get(service) ?? new Set();
    this.lines.set(service, line.add(live));
  }

  leave(live: LiveJob): void {
    this.lines.get(live.job.service)?.delete(live);
  }

  isWaiting(live: LiveJob): boolean {
    return this.lines.get(live.job.service)?.has(live) === true;
  }

  /** Whoever waits for a service, the longest waiting first. */
  waitingFor(service: string): Iterable<LiveJob> {
    return this.lines.get(service) ?? [];
  }

  countWaiting(service: string): number {
    return this.lines.get(service)?.size ?? 0;
  }
}
