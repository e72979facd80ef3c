/** Streams over the job engine: an engine that makes words one by one, and a reader. */
import type { StreamedJob, StreamPiece } from '@plexus/core';
import type { TaskResume } from '@plexus/protocol';
import { CLIENT, createWorld, join, type ScriptedNode, settle, type World } from './engine-world.ts';

export const PROMPT_TOKENS = 3;
/** What an undisturbed run makes: one token a word. */
export const WORDS = Array.from({ length: 12 }, (_, at) => `w${at} `);

/** A node's engine that makes the words one by one and goes on from where it was told. */
export class Engine {
  readonly session: ScriptedNode;
  private readonly sent = new Map<string, number>();

  constructor(session: ScriptedNode) {
    this.session = session;
  }

  private get task() {
    return this.session.tasks.find(({ task_type }) => task_type === 'llm');
  }

  /** Makes one more token, or answers when all are made. */
  step(world: World): void {
    const { task } = this;
    const { node } = this.session;
    if (!task || !node) return;
    const { task_id, epoch = 1, resume } = task;
    const key = `${task_id}/${epoch}`;
    const seq = this.sent.get(key) ?? 0;
    const at = (resume?.token_ids.length ?? 0) + seq;
    if (at >= WORDS.length) return this.answer(world);
    this.sent.set(key, seq + 1);
    const first = seq === 0 ? { prompt_tokens: PROMPT_TOKENS } : {};
    world.desk.chunk(node, { task_id, epoch, seq, text: WORDS[at] ?? '', tokens: 1, token_ids: [at], ...first });
  }

  fail(world: World): void {
    const { task } = this;
    if (!task || !this.session.node) return;
    const { task_id, epoch = 1 } = task;
    this.session.cancel(task_id);
    world.desk.result(this.session.node, {
      task_id,
      epoch,
      status: 'failed',
      error: { code: 'ENGINE_FAILED', message: 'broke', retryable: true },
    });
  }

  /** Sends a piece that is not due. */
  skip(world: World): void {
    const { task } = this;
    if (!task || !this.session.node) return;
    const { task_id, epoch = 1 } = task;
    world.desk.chunk(this.session.node, { task_id, epoch, seq: 40, text: 'x', tokens: 1, token_ids: [1] });
  }

  private answer(world: World): void {
    const { task } = this;
    if (!task || !this.session.node) return;
    const { task_id, epoch = 1, resume } = task;
    this.session.cancel(task_id);
    const units = PROMPT_TOKENS + WORDS.length;
    const counts = { prompt_tokens: PROMPT_TOKENS, completion_tokens: WORDS.length };
    const metadata = resume ? { ...counts, segments: segmentsOf(resume, this.session.node.record.id, units) } : counts;
    const signature = { alg: 'Ed25519' as const, key_id: '', sig: '', public_key: '' };
    const work = { units, started_at: '', completed_at: '', metadata, signature };
    world.desk.result(this.session.node, { task_id, epoch, status: 'completed', result: WORDS.join(''), work });
  }
}

/** As a node signs it. */
function segmentsOf({ segments }: TaskResume, nodeId: string, units: number): string {
  const before = segments.reduce((sum, segment) => sum + segment.units, 0);
  const all = units > before ? [...segments, { node_id: nodeId, units: units - before }] : segments;
  return all.map((segment) => `${segment.node_id}:${segment.units}`).join(' ');
}

export interface Reader {
  text: string;
  tokens: number;
  /** Reads on until nothing is there. */
  readonly done: Promise<void>;
}

export function read({ pieces }: StreamedJob): Reader {
  const reader: { -readonly [K in keyof Reader]: Reader[K] } = { text: '', tokens: 0, done: Promise.resolve() };
  reader.done = (async () => {
    for await (const piece of pieces) {
      reader.text += piece.text;
      reader.tokens += piece.tokens;
    }
  })();
  return reader;
}

export function start(world: World, signal: AbortSignal, timeoutSeconds = 60, maxTokens = 20): Promise<StreamedJob> {
  const request = { caller: CLIENT, service: 'llm', content: 'p'.repeat(10), params: { max_tokens: maxTokens } };
  return world.jobs.stream({ ...request, timeoutSeconds, detached: false, signal });
}

/** A stream of one node that has sent its first piece. */
export interface OpenStream {
  readonly world: World;
  readonly node: ScriptedNode;
  readonly stream: StreamedJob;
  readonly send: (fields: { readonly seq: number; readonly prompt_tokens?: number }) => void;
}

export async function openStream(maxTokens: number): Promise<OpenStream> {
  const world = await createWorld();
  const node = await join(world, 'node-a');
  const opening = start(world, new AbortController().signal, 60, maxTokens);
  await settle();
  const { task_id = '', epoch = 1 } = node.tasks[0] ?? {};
  const send = (fields: { readonly seq: number; readonly prompt_tokens?: number }): void => {
    if (node.node) world.desk.chunk(node.node, { task_id, epoch, text: 'x', tokens: 1, token_ids: [1], ...fields });
  };
  send({ seq: 0, prompt_tokens: PROMPT_TOKENS });
  return { world, node, send, stream: await opening };
}

/** The first piece, and no more is read. */
export async function firstOf({ pieces }: StreamedJob): Promise<readonly StreamPiece[]> {
  const { value, done } = await pieces[Symbol.asyncIterator]().next();
  return done === true ? [] : [value];
}
