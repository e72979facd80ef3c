import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { reasonOf } from '../interruption.ts';
import { RunError } from '../runner.ts';
import { createEncoder, type Encoder } from './encoder.ts';
import type { Embedded } from './engine.ts';
import type { FromEmbedder, ToEmbedder } from './wire.ts';

/** Source: OpenAI's limit of tokens in one input. */
const MAX_TOKENS = 8192;

type Port = NonNullable<typeof parentPort>;

/** The thread that embeds: one request after another, so that the node's event loop never waits for it. */
async function serve(port: Port, installPath: string): Promise<void> {
  const answer = (message: FromEmbedder): void => port.postMessage(message);
  const cancelled = new Set<number>();
  let line: Promise<void> = Promise.resolve();
  try {
    const encoder = await createEncoder(installPath);
    port.on('message', (message: ToEmbedder) => {
      if (message.type === 'cancel') cancelled.add(message.id);
      else line = line.then(() => serveOne(message, { encoder, cancelled, answer }));
    });
    answer({ type: 'ready', sha256: encoder.sha256 });
  } catch (error) {
    answer({ type: 'refused', reason: reasonOf(error) });
  }
}

interface Tools {
  readonly encoder: Encoder;
  readonly cancelled: Set<number>;
  readonly answer: (message: FromEmbedder) => void;
}

async function serveOne({ id, texts }: Extract<ToEmbedder, { type: 'embed' }>, tools: Tools): Promise<void> {
  try {
    const result = await embedAll(id, texts, tools);
    if (result) tools.answer({ type: 'embedded', id, result });
  } catch (error) {
    const code = error instanceof RunError ? error.code : 'ENGINE_FAILED';
    tools.answer({ type: 'failed', id, code, message: reasonOf(error) });
  } finally {
    tools.cancelled.delete(id);
  }
}

/** Nothing when nobody waits for it any more. */
async function embedAll(id: number, texts: readonly string[], tools: Tools): Promise<Embedded | undefined> {
  const { encoder, cancelled, answer } = tools;
  const vectors: number[][] = [];
  const tokens: number[] = [];
  for (const [i, text] of texts.entries()) {
    // A turn of the event loop, for word that it was cancelled.
    await nextTurn();
    if (cancelled.has(id)) return undefined;
    const ids = encoder.tokenize(text);
    if (ids.length > MAX_TOKENS) {
      const figures = `it has ${ids.length} tokens, and the model takes ${MAX_TOKENS}`;
      throw new RunError('INVALID_INPUT', `Text ${i} is too long: ${figures}`);
    }
    vectors.push([...(await encoder.embed(ids))]);
    tokens.push(ids.length);
    answer({ type: 'progress', id, done: i + 1 });
  }
  return { vectors, tokens };
}

if (parentPort) void serve(parentPort, (workerData as { installPath: string }).installPath);
