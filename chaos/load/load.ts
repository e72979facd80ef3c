/** The mixed load: clients of every kind, each making one call after the other. */
import type { Random } from '../random.ts';
import { sleep } from '../wait.ts';
import { type Call, Caller, type CallKind } from './caller.ts';
import { cancelled } from './kinds/cancelled.ts';
import { detached } from './kinds/detached.ts';
import { doomed } from './kinds/doomed.ts';
import { brief, slow } from './kinds/echo.ts';
import { generated } from './kinds/generated.ts';
import { createStreamed } from './kinds/streamed.ts';
import { type Customer, Tally } from './tally.ts';

/** Between two calls of one client. */
const THINK_MS = { from: 5, to: 40 };

export interface LoadOptions {
  readonly url: string;
  readonly customers: readonly Customer[];
  readonly random: Random;
}

export class Load {
  readonly tally = new Tally();
  /** Calls that have ended, in that order. */
  readonly ended: Call[] = [];
  readonly underway = new Set<Call>();
  private readonly kindsOfCall: readonly CallKind[] = [
    brief,
    slow,
    createStreamed(),
    generated,
    cancelled,
    detached,
    doomed,
  ];
  private readonly options: LoadOptions;
  private lanes: readonly Promise<void>[] = [];
  private readonly closing = new AbortController();
  private isRunning = false;

  constructor(options: LoadOptions) {
    this.options = options;
  }

  /** Names of the kinds of calls. */
  get kinds(): readonly string[] {
    return this.kindsOfCall.map(({ name }) => name);
  }

  get customers(): readonly Customer[] {
    return this.options.customers;
  }

  start(): void {
    this.isRunning = true;
    this.lanes = this.kindsOfCall.flatMap((kind) =>
      Array.from({ length: kind.lanes }, (_, lane) => this.runLane(kind, lane)),
    );
  }

  /** Lets every client finish the call that he is at. */
  async stop(): Promise<void> {
    this.isRunning = false;
    await Promise.all(this.lanes);
  }

  /** Lets nobody wait any longer: there is nobody to answer. */
  async abandon(): Promise<void> {
    this.closing.abort(new Error('was given up with the whole run'));
    await this.stop();
  }

  private async runLane(kind: CallKind, lane: number): Promise<void> {
    const random = this.options.random.fork(`${kind.name} ${lane}`);
    while (this.isRunning) {
      await this.runOne(kind, random);
      await sleep(random.between(THINK_MS.from, THINK_MS.to));
    }
  }

  private async runOne(kind: CallKind, random: Random): Promise<void> {
    const { url, customers } = this.options;
    const now = performance.now();
    const call: Call = { kind: kind.name, startedAt: now, sentAt: now, jobs: new Set() };
    this.underway.add(call);
    try {
      call.outcome = await kind.run(
        new Caller({
          call,
          customer: random.pick(customers),
          url,
          tally: this.tally,
          random,
          signal: this.closing.signal,
        }),
      );
    } catch (error) {
      call.outcome = 'failed';
      this.tally.complain(`a caller of kind "${kind.name}" ${error instanceof Error ? error.message : String(error)}`);
    }
    call.endedAt = performance.now();
    this.underway.delete(call);
    this.ended.push(call);
  }
}
