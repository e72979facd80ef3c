import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { reasonOf } from '../interruption.ts';
import { RunError, type RunContext } from '../runner.ts';
import type { Completion, FinishReason, LanguageRequest } from './engine.ts';
import { createPieceWriter } from './piece-writer.ts';

const NullableText = Type.Optional(Type.Union([Type.String(), Type.Null()]));
const Count = Type.Integer({ minimum: 0, maximum: 100_000_000 });
const Event = Type.Object({
  choices: Type.Optional(
    Type.Array(
      Type.Object({
        text: NullableText,
        delta: Type.Optional(Type.Object({ content: NullableText })),
        finish_reason: NullableText,
        index: Type.Optional(Type.Integer()),
      }),
    ),
  ),
  usage: Type.Optional(
    Type.Union([Type.Object({ prompt_tokens: Count, completion_tokens: Type.Optional(Count) }), Type.Null()]),
  ),
  error: Type.Optional(Type.Unknown()),
});
type Event = Static<typeof Event>;
const isEvent = Compile(Event);

/**
 * What the server's streams have shown so far. An event has one token's text with all common servers, and
 * so counts as one while it streams; the server's own count at the end puts the sum right. A server that
 * was seen to send more events than tokens, or none yet, is counted at the end alone.
 */
export interface EventCount {
  isOneToken: boolean;
}

export interface Answer {
  take(event: unknown): Promise<void>;
  finish(ended: 'done' | 'cut'): Promise<Completion>;
  /** What was delivered of an answer that nobody waits for any more. */
  cancelled(): Completion;
}

export interface AnswerOptions {
  readonly request: LanguageRequest;
  readonly context: RunContext;
  readonly count: EventCount;
  /** Of the prompt's tokens no more are billed. */
  readonly mostPromptTokens?: number;
}

/** Puts the events of one answer together. */
export function createAnswer(options: AnswerOptions): Answer {
  const { request, context, count, mostPromptTokens = Infinity } = options;
  let finish: string | undefined;
  let usage: Event['usage'];
  let events = 0;
  let texts = 0;
  let counted = 0;
  const promptTokens = () => (usage ? Math.min(usage.prompt_tokens, mostPromptTokens) : undefined);
  const writer = createPieceWriter({ stops: request.stop, context, promptTokens });

  /** Tokens of one text: by the server's running count where it sends one. */
  function tokensOf(running: Event['usage']): number {
    const known = running?.completion_tokens;
    const tokens = known === undefined ? Number(count.isOneToken) : Math.max(0, known - counted);
    counted += tokens;
    return tokens;
  }

  const completion = (finishReason: FinishReason): Completion => ({
    text: writer.text(),
    promptTokens: promptTokens() ?? 0,
    completionTokens: writer.tokens(),
    finishReason,
  });

  return {
    async take(event) {
      if (!isEvent.Check(event)) throw new RunError('ENGINE_FAILED', 'The upstream engine sent what OpenAI does not');
      const { text, finish: finished, usage: used } = read(event);
      finish = finished ?? finish;
      usage = used ?? usage;
      events += 1;
      // A model that thinks sends events without a text.
      context.progress(Math.min(99, Math.floor((100 * events) / request.maxTokens)));
      if (text === '') return;
      texts += 1;
      await writer.push({ text, tokens: tokensOf(used) });
    },
    async finish(ended) {
      if (ended === 'cut' && finish === undefined) {
        throw new RunError('ENGINE_FAILED', 'The upstream engine broke off its answer');
      }
      const { prompt_tokens: prompt = 0, completion_tokens: completionTokens = 0 } = usage ?? {};
      if (prompt + completionTokens === 0) {
        throw new RunError('ENGINE_FAILED', 'The upstream engine does not say how many tokens it used');
      }
      count.isOneToken = texts <= completionTokens;
      await writer.finish(completionTokens);
      const reason = finish === 'length' || finish === 'content_filter' ? finish : 'stop';
      if (reason === 'stop') throwUnlessInForm(request, writer.text());
      return completion(reason);
    },
    cancelled: () => completion('cancelled'),
  };
}

function read({ error, choices = [], usage }: Event) {
  if (error !== undefined && error !== null) throw upstreamError(error);
  // One answer was asked for.
  const choice = choices.find(({ index = 0 }) => index === 0);
  return { text: choice?.text ?? choice?.delta?.content ?? '', finish: choice?.finish_reason, usage };
}

/** A server that does not know the parameter passes it over in silence. */
function throwUnlessInForm({ responseFormat, stop }: LanguageRequest, text: string): void {
  if (!responseFormat || stop.length > 0) return;
  try {
    JSON.parse(text);
  } catch (error) {
    throw new RunError('ENGINE_FAILED', 'The upstream engine did not keep to response_format', { cause: error });
  }
}

function upstreamError(error: unknown): RunError {
  const message = (error as { message?: unknown }).message;
  const text = typeof message === 'string' ? message : JSON.stringify(error);
  return new RunError('ENGINE_FAILED', `The upstream engine failed: ${reasonOf(text)}`);
}
