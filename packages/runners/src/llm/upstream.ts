import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { closedError, linkSignals, reasonOf } from '../interruption.ts';
import { RunError, type RunContext } from '../runner.ts';
import type { Completion, FinishReason, LanguageEngine, LanguageRequest } from './engine.ts';
import { createStopEmitter } from './stop-emitter.ts';
import {
  callEvents,
  callJson,
  DEFAULT_TIMEOUTS,
  type UpstreamAddress,
  type UpstreamTimeouts,
} from './upstream-http.ts';

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

export interface UpstreamEngine extends LanguageEngine {
  /** Answers a conversation; `request.prompt` takes no part. */
  chat(messages: readonly ChatMessage[], request: LanguageRequest, context: RunContext): Promise<Completion>;
}

const MAX_MODELS = 100;
const Models = Type.Object({ data: Type.Array(Type.Object({ id: Type.String({ minLength: 1, maxLength: 200 }) })) });
const NullableText = Type.Optional(Type.Union([Type.String(), Type.Null()]));
const Count = Type.Integer({ minimum: 0, maximum: 100_000_000 });
const Event = Type.Object({
  choices: Type.Optional(
    Type.Array(
      Type.Object({
        text: NullableText,
        delta: Type.Optional(Type.Object({ content: NullableText })),
        finish_reason: NullableText,
      }),
    ),
  ),
  usage: Type.Optional(
    Type.Union([Type.Object({ prompt_tokens: Count, completion_tokens: Type.Optional(Count) }), Type.Null()]),
  ),
  error: Type.Optional(Type.Unknown()),
});
type Event = Static<typeof Event>;
const isModels = Compile(Models);
const isEvent = Compile(Event);

export interface UpstreamOptions {
  readonly address: UpstreamAddress;
  readonly timeouts?: UpstreamTimeouts;
  readonly signal: AbortSignal;
}

/** An engine that the host runs already, spoken to as OpenAI's API (Ollama, vLLM, llama.cpp server). */
export async function createUpstreamEngine(options: UpstreamOptions): Promise<UpstreamEngine> {
  const { address, timeouts = DEFAULT_TIMEOUTS } = options;
  const listed = await callJson({ address, ...timeouts, path: '/models', signal: options.signal });
  if (!isModels.Check(listed)) throw new RunError('ENGINE_FAILED', 'The upstream engine does not list its models');
  const models = listed.data.slice(0, MAX_MODELS).map(({ id }) => id);
  const closing = new AbortController();
  let hasCompletions = true;

  async function send(call: PathAndBody, request: LanguageRequest, context: RunContext) {
    const either = linkSignals([context.signal, closing.signal]);
    const answer = createAnswer(request, context);
    try {
      const body = { ...call.body, ...sampling(request) };
      const ended = await callEvents({ address, ...timeouts, path: call.path, body, signal: either.signal }, (event) =>
        answer.take(event),
      );
      return ended && (await answer.finish(ended));
    } finally {
      either.unlink();
    }
  }

  async function chat(messages: readonly ChatMessage[], request: LanguageRequest, context: RunContext) {
    const completion = await send({ path: '/chat/completions', body: { messages } }, request, context);
    if (completion) return completion;
    throw new RunError('ENGINE_FAILED', `The upstream engine has no completions for the model "${request.model}"`);
  }

  return {
    models,
    describe: (model) => ({ engine: 'upstream', model }),
    chat,
    async complete(request, context) {
      const completion = hasCompletions
        ? await send({ path: '/completions', body: { prompt: request.prompt } }, request, context)
        : undefined;
      if (completion) return completion;
      const answer = await chat([{ role: 'user', content: request.prompt }], request, context);
      hasCompletions = false;
      return answer;
    },
    async close() {
      closing.abort(closedError());
    },
  };
}

interface PathAndBody {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

function sampling({ model, maxTokens, temperature, topP, seed, stop }: LanguageRequest) {
  return {
    model,
    max_tokens: maxTokens,
    temperature,
    top_p: topP,
    ...(seed === undefined ? {} : { seed }),
    ...(stop.length > 0 ? { stop } : {}),
    stream: true,
    stream_options: { include_usage: true },
  };
}

/** Puts the events of one answer together. */
function createAnswer({ stop, maxTokens }: LanguageRequest, context: RunContext) {
  const emitter = createStopEmitter(stop, context);
  let finish: string | undefined;
  let usage: Event['usage'];
  let pieces = 0;

  return {
    async take(event: unknown): Promise<void> {
      if (!isEvent.Check(event)) throw new RunError('ENGINE_FAILED', 'The upstream engine sent what OpenAI does not');
      const { text, finish: finished, usage: used } = read(event);
      finish = finished ?? finish;
      usage = used ?? usage;
      if (text === '') return;
      pieces += 1;
      await emitter.push(text);
      context.progress(Math.min(99, Math.floor((100 * pieces) / maxTokens)));
    },
    async finish(ended: 'done' | 'cut'): Promise<Completion> {
      if (ended === 'cut' && finish === undefined) {
        throw new RunError('ENGINE_FAILED', 'The upstream engine broke off its answer');
      }
      const { prompt_tokens: promptTokens = 0, completion_tokens: completionTokens = 0 } = usage ?? {};
      if (promptTokens + completionTokens === 0) {
        throw new RunError('ENGINE_FAILED', 'The upstream engine does not say how many tokens it used');
      }
      await emitter.finish();
      return {
        text: emitter.text(),
        promptTokens,
        completionTokens,
        finishReason: finishReason(finish),
      };
    },
  };
}

function read({ error, choices = [], usage }: Event) {
  if (error !== undefined && error !== null) throw upstreamError(error);
  const [choice] = choices;
  return { text: choice?.text ?? choice?.delta?.content ?? '', finish: choice?.finish_reason, usage };
}

function finishReason(reason: string | undefined): FinishReason {
  return reason === 'length' ? 'length' : 'stop';
}

function upstreamError(error: unknown): RunError {
  const message = (error as { message?: unknown }).message;
  const text = typeof message === 'string' ? message : JSON.stringify(error);
  return new RunError('ENGINE_FAILED', `The upstream engine failed: ${reasonOf(text)}`);
}
