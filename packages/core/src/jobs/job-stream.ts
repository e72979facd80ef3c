import { maximumAnswerUnits, serviceFor, STREAM_WINDOW, type TaskChunk, type TaskResume } from '@plexus/protocol';
import type { LiveNode } from '../nodes/live-node.ts';
import type { NodeRecord } from '../nodes/node-record.ts';
import type { Job } from './job.ts';
import { maxUnitsOf } from './job-limits.ts';
import type { StreamPiece } from './streamed-job.ts';

/** Characters of one piece. */
const MAX_PIECE_CHARACTERS = 262_144;
/** Characters of a whole stream, as of an answer in one frame; of few tokens fewer. */
const MAX_CHARACTERS = 15 * 1024 * 1024;
const CHARACTERS_PER_TOKEN = 256;
const SPARE_CHARACTERS = 65_536;
/** A node is told that its pieces were taken whenever so many more were. */
const TELL_EVERY = STREAM_WINDOW / 4;

/** What one node did of a streamed job; the first one's units include the prompt's tokens. */
export interface Segment {
  readonly node: Pick<NodeRecord, 'id' | 'accountId'>;
  units: number;
}

/** The model that a stream was begun with: only the same weights can go on with it. */
export interface StreamModel {
  readonly name: string;
  /** SHA-256 in hex; absent when the node does not know. */
  readonly weights: string | undefined;
}

/** What a stream may come to at most, whatever its nodes say: all of it is held for. */
export interface StreamLimits {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly characters: number;
}

/** What a node claims of the whole stream with its answer. */
export interface Finish {
  readonly output: string;
  readonly units: number;
  readonly promptTokens?: number | undefined;
  readonly completionTokens?: number | undefined;
  readonly segments?: string | undefined;
}

interface Queued extends StreamPiece {
  readonly segment: Segment;
  /** Of the lease under which it came. */
  readonly seq: number;
}

/** Under which lease pieces come now. */
interface Lease {
  readonly node: LiveNode;
  readonly jobId: string;
  readonly epoch: number;
  readonly segment: Segment;
  nextSeq: number;
}

/**
 * The output of one streamed job on its way from its nodes to its reader. It is the one place that counts what is
 * delivered, so that what is charged, what the receipt says and what the reader got are the same.
 */
export class JobStream implements AsyncIterable<StreamPiece> {
  /** Who did how much, oldest first; a node that delivered nothing is not among them. */
  readonly segments: Segment[] = [];
  /** Resolves when the first piece came, or none will come any more. */
  readonly begun: Promise<void>;
  model: StreamModel | undefined;
  promptTokens = 0;
  completionTokens = 0;
  private readonly limits: StreamLimits;
  private characters = 0;
  private texts: string[] = [];
  private tokenIds: number[] | undefined = [];
  private queue: Queued[] = [];
  private lease: Lease | undefined;
  private isOver = false;
  private toldSeq = 0;
  private wake: () => void = () => undefined;
  private begin: () => void = () => undefined;

  constructor(limits: StreamLimits) {
    this.limits = limits;
    this.begun = new Promise((resolve) => (this.begin = resolve));
  }

  /** Everything that was received in order. */
  get text(): string {
    return this.texts.join('');
  }

  /** What is to be paid for what was received; nothing as long as there is no piece. */
  get units(): number {
    return this.segments.reduce((sum, { units }) => sum + units, 0);
  }

  /** As a receipt says it: `node:units`, with blanks between. */
  get segmentsText(): string {
    return this.segments.map(({ node, units }) => `${node.id}:${units}`).join(' ');
  }

  get hasPieces(): boolean {
    return this.texts.length > 0;
  }

  /** Pieces that came so far, of all nodes. */
  get received(): number {
    return this.texts.length;
  }

  /** Whether the reader has taken all that came. */
  get isHungry(): boolean {
    return this.queue.length === 0;
  }

  /** Whether another node with the same weights could go on. */
  get canGoOn(): boolean {
    return !this.hasPieces || (this.tokenIds !== undefined && this.model?.weights !== undefined);
  }

  /** A node got the job: its pieces count from 0. */
  leased(node: LiveNode, { id: jobId, service, params, epoch }: Job): void {
    if (!this.hasPieces) this.model = modelOn(node, service, params['model']);
    const segment = { node: node.record, units: 0 };
    this.lease = { node, jobId, epoch, segment, nextSeq: 0 };
    this.toldSeq = 0;
  }

  /** What the next node must know; nothing when it begins afresh. */
  resume(): TaskResume | undefined {
    if (!this.hasPieces) return undefined;
    const segments = this.segments.map(({ node, units }) => ({ node_id: node.id, units }));
    return { text: this.text, token_ids: [...(this.tokenIds ?? [])], prompt_tokens: this.promptTokens, segments };
  }

  /**
   * Takes a piece in.
   *
   * @returns what is wrong with it
   */
  take(chunk: TaskChunk): string | undefined {
    const { lease } = this;
    if (!lease || chunk.seq !== lease.nextSeq) return `piece ${chunk.seq} came where another was due`;
    const wrong = this.excessOf(chunk);
    if (wrong !== undefined) return wrong;
    lease.nextSeq += 1;
    this.notePrompt(chunk, lease.segment);
    if (chunk.text === '' && chunk.tokens === 0) return undefined;
    this.noteIds(chunk);
    this.add({ text: chunk.text, tokens: chunk.tokens, segment: lease.segment, seq: chunk.seq });
    return undefined;
  }

  /**
   * The node has answered. What was not streamed is delivered now, as when a runner makes its output in one go.
   *
   * @returns what is wrong with the answer, beside what was delivered
   */
  finish(claim: Finish): string | undefined {
    const { output, units, promptTokens = 0, segments } = claim;
    if (this.hasPieces || !this.lease) return this.differenceOf(claim);
    // Nothing is delivered of an answer that is refused.
    if (promptTokens > units || segments !== undefined) return 'the counts do not add up';
    this.promptTokens = promptTokens;
    this.add({ text: output, tokens: units - promptTokens, segment: this.lease.segment, seq: -1 });
    return undefined;
  }

  /** No more pieces come; the reader still gets those that are here. */
  end(): void {
    this.isOver = true;
    this.lease = undefined;
    this.begin();
    this.wake();
  }

  /** What the reader has not taken was not delivered, and is not paid for. Without a token nothing is. */
  abandon(): void {
    for (const { segment, tokens } of this.queue) {
      segment.units -= tokens;
      this.completionTokens -= tokens;
      this.texts.pop();
    }
    this.queue = [];
    if (this.completionTokens === 0) for (const segment of this.segments) segment.units = 0;
    const left = this.segments.filter(({ units }) => units > 0);
    this.segments.splice(0, this.segments.length, ...left);
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<StreamPiece> {
    for (;;) {
      const piece = this.queue.shift();
      if (piece) {
        this.tell(piece);
        yield piece;
      } else if (this.isOver) return;
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  private add(piece: Queued): void {
    const { segment, text, tokens } = piece;
    if (this.segments.at(-1) !== segment) this.segments.push(segment);
    segment.units += this.hasPieces ? tokens : tokens + this.promptTokens;
    this.completionTokens += tokens;
    this.characters += text.length;
    this.texts.push(text);
    this.queue.push(piece);
    this.begin();
    this.wake();
  }

  /** What an answer says otherwise than its pieces. */
  private differenceOf(claim: Finish): string | undefined {
    const { output, units, promptTokens = 0, completionTokens = this.completionTokens, segments } = claim;
    if (units !== this.units) return `${units} units are claimed, ${this.units} were delivered`;
    if (promptTokens !== this.promptTokens) return 'the prompt is counted otherwise than before';
    if (completionTokens !== this.completionTokens) {
      return `${completionTokens} tokens are claimed, ${this.completionTokens} were delivered`;
    }
    const isContinued = this.segments.length > 1 || segments !== undefined;
    if (isContinued && segments !== this.segmentsText) return 'the segments are not those that were delivered';
    return output === this.text ? undefined : 'the output is not what was delivered';
  }

  /** What a piece has too much of. */
  private excessOf({ text, tokens, prompt_tokens: promptTokens = 0 }: TaskChunk): string | undefined {
    const { limits } = this;
    if (this.queue.length >= STREAM_WINDOW * 2) return 'more pieces came than the window allows';
    if (this.completionTokens + tokens > limits.completionTokens) return 'more tokens came than were asked for';
    if (promptTokens > limits.promptTokens) return `the prompt cannot have ${promptTokens} tokens`;
    const hasRoom = text.length <= MAX_PIECE_CHARACTERS && this.characters + text.length <= limits.characters;
    return hasRoom ? undefined : 'more text came than so many tokens have';
  }

  /** Engines that count at the end alone say after their text what the prompt had; it is owed to who began, once. */
  private notePrompt({ prompt_tokens: promptTokens }: TaskChunk, segment: Segment): void {
    if (promptTokens === undefined) return;
    if (!this.hasPieces) this.promptTokens = promptTokens;
    if (this.promptTokens > 0 || this.segments[0] !== segment) return;
    this.promptTokens = promptTokens;
    segment.units += promptTokens;
  }

  /** One token without its id, and nobody can go on any more. */
  private noteIds({ tokens, token_ids: ids }: TaskChunk): void {
    if (tokens > 0 && ids?.length !== tokens) this.tokenIds = undefined;
    else if (ids) this.tokenIds?.push(...ids);
  }

  /** Lets the node go on, once in a while. */
  private tell({ segment, seq }: Queued): void {
    const { lease } = this;
    if (!lease || lease.segment !== segment || seq + 1 < this.toldSeq + TELL_EVERY) return;
    this.toldSeq = seq + 1;
    lease.node.session.window(lease.jobId, lease.epoch, this.toldSeq);
  }
}

/** What was held for a job, as limits of its stream. */
export function streamLimitsOf(job: Job): StreamLimits {
  const { service, content, params } = job;
  const maxUnits = maxUnitsOf(job);
  const completionTokens = maximumAnswerUnits(serviceFor(service), content, params);
  const isCounted = serviceFor(service).unitType === 'token';
  const characters = isCounted ? SPARE_CHARACTERS + CHARACTERS_PER_TOKEN * completionTokens : MAX_CHARACTERS;
  return {
    completionTokens,
    promptTokens: Math.max(0, maxUnits - completionTokens),
    characters: Math.min(MAX_CHARACTERS, characters),
  };
}

/** The model that a node takes for a request: its first one where none is named. */
function modelOn({ services }: LiveNode, service: string, asked: unknown): StreamModel | undefined {
  const slots = services.get(service);
  const name = typeof asked === 'string' ? asked : slots?.models[0];
  return name === undefined ? undefined : { name, weights: slots?.weights[name] };
}
