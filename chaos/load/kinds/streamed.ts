/** Chats through OpenAI's API, streamed: one that breaks is begun anew, as a new job. */
import { send } from '../../http.ts';
import type { Caller, CallKind } from '../caller.ts';

const PROMPTS = ['Tell me of the whale.', 'And God said', 'The ship', 'In the beginning'];
const MAX_TOKENS = 24;
const TOKEN_MICRO = 100n;
/** A stream without a word for so long is given up by its reader. */
const SILENCE_MS = 25_000;

interface Answer {
  readonly text: string;
  readonly tokens: number;
}

export function createStreamed(): CallKind {
  /** What each prompt was answered with first: the model is deterministic, whichever nodes make it in turns. */
  const known = new Map<string, string>();

  function check(caller: Caller, prompt: string, text: string): void {
    const before = known.get(prompt) ?? text;
    known.set(prompt, before);
    if (before !== text) caller.tally.complain(`"${prompt}" was answered "${before}" before, and now "${text}"`);
  }

  return {
    name: 'chat stream',
    lanes: 2,
    async run(caller) {
      const prompt = caller.random.pick(PROMPTS);
      for (;;) {
        const answer = await tryOnce(caller, prompt);
        if (answer) {
          check(caller, prompt, answer.text);
          return 'served';
        }
        await caller.pause();
      }
    },
  };
}

async function tryOnce(caller: Caller, prompt: string): Promise<Answer | undefined> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), SILENCE_MS);
  caller.sending();
  try {
    const response = await open(caller, prompt, silence.signal);
    const jobId = response.headers.get('x-plexus-job');
    if (jobId === null || !response.ok || !response.body) return await refused(response);
    caller.made(jobId);
    const answer = await read(response.body, () => timer.refresh());
    if (!answer) return broken(caller);
    const costMicro = BigInt(answer.tokens) * TOKEN_MICRO;
    caller.tally.ended(jobId, { customer: caller.customer, state: 'completed', costMicro });
    return answer;
  } catch {
    return broken(caller);
  } finally {
    clearTimeout(timer);
  }
}

function broken({ tally }: Caller): undefined {
  tally.brokenStreams += 1;
}

function open({ url, customer }: Caller, prompt: string, signal: AbortSignal): Promise<Response> {
  const body = {
    model: 'default',
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: MAX_TOKENS,
    temperature: 0,
    messages: [{ role: 'user', content: prompt }],
  };
  return send(`${url}/v1/chat/completions`, { key: customer.key, body, signal });
}

async function refused(response: Response): Promise<undefined> {
  await response.text();
  return undefined;
}

/** @returns nothing when the stream says that it failed, or ends before its end */
async function read(body: ReadableStream<Uint8Array>, onPiece: () => void): Promise<Answer | undefined> {
  let text = '';
  let tokens = 0;
  for await (const event of eventsOf(body)) {
    onPiece();
    if (event === 'data: [DONE]') return { text, tokens };
    const { error, choices = [], usage } = dataOf(event);
    if (error) return undefined;
    for (const { delta } of choices) text += delta?.content ?? '';
    tokens = usage?.total_tokens ?? tokens;
  }
  return undefined;
}

/** @yields the events of a stream, each as its lines */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  let rest = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const events = (rest + chunk).split('\n\n');
    rest = events.pop() ?? '';
    yield* events;
  }
}

interface Chunk {
  readonly error?: unknown;
  readonly choices?: readonly { readonly delta?: { readonly content?: string } }[];
  readonly usage?: { readonly total_tokens: number } | null;
}

function dataOf(event: string): Chunk {
  // The books say afterwards whether the figures of this answer are right.
  return event.startsWith('data: ') ? (JSON.parse(event.slice('data: '.length)) as Chunk) : {};
}
