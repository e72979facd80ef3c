import { type Books, type Delivery, type DeliveryResult, isRefusal, rescueDelayMs, retryDelayMs } from '@plexus/core';
import type { Logger } from 'pino';
import type { Attempted, WebhookSender } from './webhook-sender.ts';

/** Deliveries under way at once, in all and to one host. */
const MAX_UNDER_WAY = 32;
const MAX_PER_HOST = 4;
/** What is due is looked for so often; what has just become due is begun at once. */
const LOOK_EVERY_MS = 1000;
/** Hosts that are looked at in one turn of the event loop. */
const HOSTS_A_TURN = 50;

export interface WebhookWorkerDeps {
  readonly books: Pick<Books, 'commit' | 'read'>;
  readonly send: WebhookSender;
  readonly clock: () => Date;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly logger: Logger;
  /** Told what became of each attempt: `delivered`, `failed` or `given_up`. */
  readonly onAttempt: (outcome: string) => void;
}

/** Sends what is due, until it is stopped; what is under way when it dies is sent again. */
export class WebhookWorker {
  private readonly deps: WebhookWorkerDeps;
  private readonly underWay = new Map<string, Promise<void>>();
  private readonly perHost = new Map<string, number>();
  private readonly ending = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private looking: Promise<void> | undefined;
  /** The host that had its turn last. */
  private lastHost = '';

  constructor(deps: WebhookWorkerDeps) {
    this.deps = deps;
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
  }

  /** Something may be due at this host. */
  async serve(host: string): Promise<void> {
    try {
      await this.begin(host);
    } catch (error) {
      this.deps.logger.error({ err: error }, 'deliveries cannot be read');
    }
  }

  /** Begins whatever is due, host by host, so that one that does not answer keeps no other waiting. */
  look(): Promise<void> {
    this.looking ??= this.lookOnce()
      .catch((error: unknown) => this.deps.logger.error({ err: error }, 'deliveries cannot be read'))
      .finally(() => (this.looking = undefined));
    return this.looking;
  }

  /** Ends what is under way, which is sent again after the next start. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.ending.abort();
    await this.looking;
    await Promise.all(this.underWay.values());
  }

  /** Once around, from the host on whose turn it is. */
  private async lookOnce(): Promise<void> {
    const { read } = this.deps.books;
    const end = this.lastHost;
    let isAround = false;
    for (let hosts = 1; this.hasRoom; hosts++) {
      const host = await read.nextDeliveryHost(this.lastHost);
      if (isAround && (host === undefined || host > end)) return;
      isAround ||= host === undefined;
      this.lastHost = host ?? '';
      if (host !== undefined) await this.begin(host);
      if (hosts % HOSTS_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The place of an attempt is for whose turn it is where all were taken, else for the next one to its host. */
  private async goOn(host: string, wasFull: boolean): Promise<void> {
    if (wasFull) await this.look();
    await this.serve(host);
  }

  private async begin(host: string): Promise<void> {
    if (this.roomAt(host) === 0) return;
    const { books, clock } = this.deps;
    // Those that are under way already are due until that is written.
    const due = await books.read.listDueDeliveries(host, clock(), 2 * MAX_PER_HOST);
    const fresh = due.filter(({ id }) => !this.underWay.has(id));
    for (const delivery of fresh.slice(0, this.roomAt(host))) this.start(delivery);
  }

  private get hasRoom(): boolean {
    return this.underWay.size < MAX_UNDER_WAY && !this.ending.signal.aborted;
  }

  private roomAt(host: string): number {
    const room = Math.min(MAX_PER_HOST - (this.perHost.get(host) ?? 0), MAX_UNDER_WAY - this.underWay.size);
    return this.ending.signal.aborted ? 0 : Math.max(0, room);
  }

  private start(delivery: Delivery): void {
    const { id, host } = delivery;
    this.perHost.set(host, (this.perHost.get(host) ?? 0) + 1);
    const attempt = this.attempt(delivery).then(
      () => {
        const wasFull = this.underWay.size >= MAX_UNDER_WAY;
        this.leave(delivery);
        void this.goOn(host, wasFull);
      },
      (error: unknown) => {
        // The next look finds it again; at once would be again and again while the books fail.
        this.leave(delivery);
        this.deps.logger.error({ err: error, deliveryId: id }, 'a delivery failed');
      },
    );
    this.underWay.set(id, attempt);
  }

  private leave({ id, host }: Delivery): void {
    this.underWay.delete(id);
    const left = (this.perHost.get(host) ?? 1) - 1;
    if (left > 0) this.perHost.set(host, left);
    else this.perHost.delete(host);
  }

  private async attempt({ id: deliveryId, jobId, attempts, ...delivery }: Delivery): Promise<void> {
    const { books, send, clock } = this.deps;
    const attempt = attempts + 1;
    const job = await books.read.findJob(jobId);
    if (!job) throw new RangeError(`Delivery ${deliveryId} is about a job that does not exist`);
    const nextAt = new Date(clock().getTime() + rescueDelayMs(attempt));
    try {
      await books.commit({ type: 'tryDelivery', deliveryId, attempt, nextAt });
      const became = await send({ ...delivery, id: deliveryId, jobId, attempts: attempt }, job, this.ending.signal);
      // What was broken off by the stop is sent again after `nextAt`.
      if (this.ending.signal.aborted && !became.isDelivered) return;
      const result = this.resultOf(attempt, became);
      this.deps.onAttempt(result.state === 'pending' ? 'failed' : result.state);
      await books.commit({ type: 'settleDelivery', deliveryId, attempt, result, at: clock() });
    } catch (error) {
      // Another sender has it, or it is replayed.
      if (!isRefusal(error, 'DELIVERY_MOVED_ON')) throw error;
    }
  }

  private resultOf(attempts: number, became: Attempted): DeliveryResult {
    if (became.isDelivered) return { state: 'delivered', status: became.status };
    const { isFinal, retryAfterMs, error, status } = became;
    const { clock, random } = this.deps;
    const patience = retryAfterMs === undefined ? {} : { retryAfterMs };
    const delayMs = isFinal ? undefined : retryDelayMs({ attempts, ...patience, random: random() });
    const said = { error, ...(status !== undefined && { status }) };
    if (delayMs === undefined) return { state: 'given_up', ...said };
    return { state: 'pending', ...said, nextAt: new Date(clock().getTime() + delayMs) };
  }
}
