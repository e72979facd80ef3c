import type { TaskAssign, TaskCancel, TaskWindow } from '@plexus/protocol';
import type { JobFiles, Piece, RunContext, Runner, RunRequest } from '@plexus/runners';
import type { Logger } from 'pino';
import type { FrameWriter } from './frames.ts';
import type { Finished, Lease, RunOutcome } from './lease.ts';
import { LeaseTable, type Resume } from './lease-table.ts';
import type { NodeMetrics } from './metrics.ts';
import { noteServed } from './neuroshard/note-served.ts';
import type { PieceStream } from './piece-stream.ts';
import { createProgressReporter, type ProgressReporter } from './progress.ts';
import type { Answer, Failure, ResultWriter } from './results.ts';

/** The longest delay that a timer takes. */
const MAX_TIMER_MS = 0x7fff_ffff;
/** Work is given up when its lease could not be renewed for this long. */
const ABANDON_MS = 30_000;
/** Answers to tasks not begun, in one turn or while the registration goes on. */
const MAX_REFUSALS = 10_000;

export interface WorkerOptions {
  readonly frame: FrameWriter;
  readonly results: ResultWriter;
  readonly metrics: NodeMetrics;
  readonly logger: Logger;
  readonly abandonMs?: number;
  runnerOf(service: string): Runner | undefined;
  /** The files of a task, where its coordinator keeps any. */
  filesOf?(assign: TaskAssign): JobFiles | undefined;
  /** Writes the frames at once; false when the node is not connected. */
  send(frames: readonly string[]): boolean;
}

/** Runs what the coordinator assigns. What happens in one turn of the event loop is signed and sent together. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #leases = new LeaseTable();
  readonly #progress: ProgressReporter;
  #refusals: string[] = [];
  /** Streams that have pieces of this turn. */
  #streams: PieceStream[] = [];
  #fresh: Lease[] = [];
  #finished: Finished[] = [];
  #flush: NodeJS.Immediate | undefined;
  #abandon: NodeJS.Timeout | undefined;
  /** Who asked for no more work: the coordinator's wish ends with the connection. */
  #draining: 'no' | 'asked' | 'own' = 'no';

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#progress = createProgressReporter(options.frame, (frames) => options.send(frames));
  }

  get activeTasks(): number {
    return this.#leases.active;
  }

  get leases(): number {
    return this.#leases.size;
  }

  /** Bytes of answers that wait for a connection. */
  get heldBytes(): number {
    return this.#leases.heldBytes;
  }

  get isDraining(): boolean {
    return this.#draining !== 'no';
  }

  /** Whether the coordinator waits for anything from this node. */
  get isBusy(): boolean {
    return this.#leases.size > 0;
  }

  /** Leases that are worked on, or whose answers were not sent. */
  resume(): Resume {
    return this.#leases.resume();
  }

  assign(assign: TaskAssign): void {
    const held = this.#leases.find(assign.task_id);
    if (held && (assign.epoch ?? 0) <= (held.assign.epoch ?? 0)) {
      this.#options.logger.warn({ taskId: assign.task_id }, 'A task was assigned that is here already');
      return;
    }
    if (held) this.#end(held, 'The task was assigned anew');
    const runner = this.#options.runnerOf(assign.task_type);
    const refusal = this.#refusalOf(assign, runner);
    if (refusal) this.#refuse(assign, refusal, runner?.service ?? 'unknown');
    else if (runner) this.#begin(assign, runner);
  }

  cancel({ task_id, epoch, reason }: TaskCancel): void {
    const lease = this.#leases.find(task_id);
    if (lease?.assign.epoch === epoch) this.#end(lease, reason);
  }

  /** The coordinator took pieces of a streamed answer. */
  taken({ task_id, epoch, seq }: TaskWindow): void {
    const lease = this.#leases.find(task_id);
    if (lease?.assign.epoch === epoch) lease.pieces?.taken(seq);
  }

  connected(): void {
    clearTimeout(this.#abandon);
    this.#draining = this.#draining === 'own' ? 'own' : 'no';
    const ready = this.#leases.all().filter(({ held }) => held !== undefined);
    if (!this.#options.send([...this.#refusals, ...ready.flatMap(({ held }) => held ?? [])])) return;
    this.#refusals = [];
    for (const lease of ready) this.#leases.end(lease, 'It was answered');
    if (this.#draining === 'own') this.#sendDrain();
  }

  disconnected(): void {
    this.#refusals = [];
    this.#streams = [];
    // Pieces may have been lost with the connection; whoever has the task next goes on from those that arrived.
    for (const lease of this.#leases.all()) {
      if (lease.assign.epoch === undefined || lease.pieces) this.#end(lease, 'The connection was lost');
    }
    const { abandonMs = ABANDON_MS } = this.#options;
    clearTimeout(this.#abandon);
    this.#abandon = setTimeout(() => this.#abandonWork(), abandonMs);
  }

  /** The coordinator's wish that nothing new be begun. */
  coordinatorDrains(): void {
    if (this.#draining === 'no') this.#draining = 'asked';
  }

  /** Takes nothing new; resolves when everything is answered or given up. */
  async drain(): Promise<void> {
    if (this.#draining !== 'own') {
      this.#draining = 'own';
      this.#sendDrain();
    }
    await this.#leases.whenEmpty();
  }

  /** Aborts all that is left. */
  close(): void {
    this.#draining = 'own';
    clearTimeout(this.#abandon);
    for (const lease of this.#leases.all()) this.#end(lease, 'The node is stopping');
    this.#progress.close();
    clearImmediate(this.#flush);
  }

  #refusalOf({ task_type }: TaskAssign, runner: Runner | undefined): Failure | undefined {
    if (this.isDraining) return { code: 'DRAINING', message: 'This node takes no new tasks', retryable: true };
    if (!runner) {
      return { code: 'NO_HANDLER', message: `No handler registered for task type: ${task_type}`, retryable: true };
    }
    if (this.#leases.hasRoom(task_type, runner.concurrency)) return undefined;
    return { code: 'AT_CAPACITY', message: 'This node is at capacity', retryable: true };
  }

  #refuse(assign: TaskAssign, failure: Failure, service: string): void {
    if (this.#refusals.length >= MAX_REFUSALS) return;
    this.#refusals.push(this.#options.results.refusal(assign, failure));
    this.#options.metrics.taskEnded(service, 'refused');
    this.#schedule();
  }

  #begin(assign: TaskAssign, runner: Runner): void {
    const lease = this.#leases.open(assign);
    this.#fresh.push(lease);
    this.#schedule();
    void this.#run(lease, runner);
  }

  async #run(lease: Lease, runner: Runner): Promise<void> {
    let outcome: RunOutcome;
    try {
      outcome = { result: await runner.run(requestOf(lease.assign), this.#contextOf(lease)) };
    } catch (error) {
      outcome = { error };
    }
    this.#leases.settle(lease);
    if (lease.phase !== 'finished') return;
    this.#finished.push({ lease, outcome, elapsedMs: performance.now() - lease.startedAt });
    this.#schedule();
  }

  #contextOf(lease: Lease): RunContext {
    return {
      signal: lease.controller.signal,
      progress: (percent) => this.#progress.note(lease, percent),
      chunk: lease.pieces ? (piece) => this.#stream(lease, piece) : ignorePiece,
      files: this.#options.filesOf?.(lease.assign),
    };
  }

  #stream(lease: Lease, piece: Piece): Promise<void> | undefined {
    if (lease.phase === 'over' || !lease.pieces) return undefined;
    if (lease.pieces.add(piece)) {
      this.#streams.push(lease.pieces);
      this.#schedule();
    }
    return lease.pieces.room();
  }

  #schedule(): void {
    this.#flush ??= setImmediate(() => this.#flushTurn());
  }

  #flushTurn(): void {
    this.#flush = undefined;
    const finished = this.#finished.filter(({ lease }) => lease.phase === 'finished');
    const answers = this.#options.results.answers(finished);
    const begun = [...this.#refusals, ...this.#acceptances(), ...this.#pieces()];
    const frames = [...begun, ...answers.map(({ frame }) => frame)];
    this.#finished = [];
    const isSent = this.#options.send(frames);
    if (isSent) this.#refusals = [];
    for (const [index, answer] of answers.entries()) {
      const done = finished[index];
      if (done) this.#conclude(done, answer, isSent);
    }
  }

  #conclude({ lease, elapsedMs, outcome: ran }: Finished, { frame, outcome }: Answer, isSent: boolean): void {
    const { task_type: service, task_id: taskId } = lease.assign;
    this.#options.metrics.taskEnded(service, outcome);
    if (outcome !== 'refused') this.#options.metrics.taskTook(service, elapsedMs / 1000);
    const result = outcome === 'completed' && 'result' in ran ? ran.result : undefined;
    noteServed(this.#options.metrics.serving, lease, elapsedMs, result);
    if (isSent) return this.#leases.end(lease, 'It was answered');
    if (this.#leases.hold(lease, frame)) return;
    this.#options.logger.warn({ taskId }, 'A lease was given up: too many answers wait for a connection');
    this.#leases.end(lease, 'Its answer cannot be kept');
  }

  /** Tasks that go on beyond the turn in which they came. */
  #acceptances(): string[] {
    const frames: string[] = [];
    for (const lease of this.#fresh) {
      if (lease.phase !== 'fresh') continue;
      const { task_id, epoch } = lease.assign;
      lease.phase = 'running';
      this.#armDeadline(lease);
      this.#progress.begun(lease);
      if (epoch !== undefined) frames.push(this.#options.frame('TASK_ACCEPT', { task_id, epoch }));
    }
    this.#fresh = [];
    return frames;
  }

  #pieces(): string[] {
    const streams = this.#streams;
    this.#streams = [];
    return streams.flatMap((stream) => {
      const chunk = stream.take();
      return chunk ? [this.#options.frame('TASK_CHUNK', chunk)] : [];
    });
  }

  #armDeadline(lease: Lease): void {
    const { deadline_ms: deadlineMs } = lease.assign;
    if (deadlineMs === undefined) return;
    const leftMs = Math.max(0, deadlineMs - (performance.now() - lease.startedAt));
    const timeOut = (): void =>
      lease.controller.abort(new DOMException('The time for the task ran out', 'TimeoutError'));
    lease.deadline = setTimeout(timeOut, Math.min(leftMs, MAX_TIMER_MS));
  }

  #end(lease: Lease, reason: string): void {
    if (lease.phase !== 'finished') {
      this.#options.metrics.taskEnded(lease.assign.task_type, 'cancelled');
      noteServed(this.#options.metrics.serving, lease, performance.now() - lease.startedAt);
    }
    this.#leases.end(lease, reason);
  }

  /** The coordinator gave the work to others by now; answers that are ready cost nothing to keep. */
  #abandonWork(): void {
    const isLeaving = this.#draining === 'own';
    const given = this.#leases.all().filter(({ phase }) => phase !== 'finished' || isLeaving);
    if (given.length > 0) this.#options.logger.warn({ tasks: given.length }, 'Work was given up: no connection');
    for (const lease of given) this.#end(lease, 'The lease could not be renewed');
  }

  #sendDrain(): void {
    this.#options.send([this.#options.frame('DRAIN', { reason: 'the node is stopping' })]);
  }
}

/** Nobody asked for pieces: the result holds the whole. */
function ignorePiece(): void {}

function requestOf({ content, params, resume }: TaskAssign): RunRequest {
  if (!resume) return { content, params };
  const { text, token_ids: tokenIds, prompt_tokens: promptTokens } = resume;
  return { content, params, resume: { text, tokenIds, promptTokens } };
}
