import { maximumTextTokens } from '@plexus/protocol';
import { closedError, linkSignals } from '../interruption.ts';
import { RunError, type RunContext } from '../runner.ts';
import type { ChatMessage, Completion, LanguageEngine, LanguageRequest, ResponseFormat } from './engine.ts';
import { createAnswer, type EventCount } from './upstream-answer.ts';
import { callEvents, DEFAULT_TIMEOUTS, type UpstreamAddress, type UpstreamTimeouts } from './upstream-http.ts';
import { createUpstreamLook, listUpstreamModels } from './upstream-models.ts';

export interface UpstreamEngine extends LanguageEngine {
  /** Answers a conversation; `request.prompt` takes no part. */
  chat(messages: readonly ChatMessage[], request: LanguageRequest, context: RunContext): Promise<Completion>;
}

export interface UpstreamOptions {
  readonly address: UpstreamAddress;
  readonly timeouts?: UpstreamTimeouts;
  readonly signal: AbortSignal;
}

/** An engine that the host runs already, spoken to as OpenAI's API (Ollama, vLLM, llama.cpp server). */
export async function createUpstreamEngine(options: UpstreamOptions): Promise<UpstreamEngine> {
  const { address, timeouts = DEFAULT_TIMEOUTS } = options;
  const models = await listUpstreamModels({ address, ...timeouts, signal: options.signal });
  const closing = new AbortController();
  const count: EventCount = { isOneToken: false };
  const stream = createStream();
  let hasCompletions = true;

  async function send({ path, body, ...limits }: Question, request: LanguageRequest, context: RunContext) {
    if (request.resume) throw new RunError('ENGINE_FAILED', 'An upstream engine cannot go on with an answer');
    const either = linkSignals([context.signal, closing.signal]);
    const answer = createAnswer({ request, context, count, ...limits });
    const call = { address, ...timeouts, path, body: { ...body, ...sampling(request) }, signal: either.signal };
    try {
      const ended = await stream(call, (event) => answer.take(event));
      return ended && (await answer.finish(ended));
    } catch (error) {
      if (!either.signal.aborted) throw error;
      return answer.cancelled();
    } finally {
      either.unlink();
    }
  }

  async function converse(question: Omit<Question, 'path'>, request: LanguageRequest, context: RunContext) {
    const completion = await send({ path: '/chat/completions', ...question }, request, context);
    if (completion) return completion;
    throw new RunError('ENGINE_FAILED', `The upstream engine has no completions for the model "${request.model}"`);
  }

  async function complete(request: LanguageRequest, context: RunContext): Promise<Completion> {
    const { prompt, messages, responseFormat } = request;
    if (messages) return converse({ body: { messages } }, request, context);
    // A form is known to chats alone: where a text is continued, servers pass it over in silence.
    if (responseFormat || !hasCompletions) return converse(textAsChat(request), request, context);
    const completion = await send({ path: '/completions', body: { prompt } }, request, context);
    if (completion) return completion;
    const answer = await converse(textAsChat(request), request, context);
    hasCompletions = false;
    return answer;
  }

  return {
    models,
    features: ['chat', 'json_object', 'json_schema', 'penalties'],
    look: createUpstreamLook(address),
    describe: (model) => ({ engine: 'upstream', model }),
    chat: (messages, request, context) => converse({ body: { messages } }, request, context),
    complete,
    async close() {
      closing.abort(closedError());
    },
  };
}

/**
 * Asks for a stream, and for counts of tokens while it runs (vLLM's extension of OpenAI's API) unless the
 * server was seen to take a call only without them.
 */
function createStream(): typeof callEvents {
  let takesExtension: boolean | undefined;
  return async (call, onEvent) => {
    const ask = (options: Readonly<Record<string, boolean>>) =>
      callEvents({ ...call, body: { ...call.body, stream: true, stream_options: options } }, onEvent);
    if (takesExtension === false) return ask({ include_usage: true });
    try {
      const ended = await ask({ include_usage: true, continuous_usage_stats: true });
      takesExtension ??= ended === undefined ? undefined : true;
      return ended;
    } catch (error) {
      const isRefused = error instanceof RunError && error.code === 'INVALID_INPUT';
      if (!isRefused || takesExtension === true) throw error;
      const ended = await ask({ include_usage: true });
      takesExtension = false;
      return ended;
    }
  };
}

interface Question {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly mostPromptTokens?: number;
}

/** A text has no template: what a chat's adds to it was not asked for, and is not held for. */
function textAsChat({ prompt }: LanguageRequest): Omit<Question, 'path'> {
  return { body: { messages: [{ role: 'user', content: prompt }] }, mostPromptTokens: maximumTextTokens(prompt) };
}

function sampling(request: LanguageRequest) {
  const { model, maxTokens, temperature, topP, topK, seed, stop, responseFormat } = request;
  const { frequencyPenalty = 0, presencePenalty = 0 } = request;
  return {
    model,
    max_tokens: maxTokens,
    temperature,
    top_p: topP,
    ...(topK !== undefined && { top_k: topK }),
    ...(seed !== undefined && { seed }),
    ...(stop.length > 0 && { stop }),
    ...(frequencyPenalty !== 0 && { frequency_penalty: frequencyPenalty }),
    ...(presencePenalty !== 0 && { presence_penalty: presencePenalty }),
    ...(responseFormat && { response_format: formatBody(responseFormat) }),
  };
}

function formatBody(format: ResponseFormat) {
  if (format.type === 'json_object') return format;
  return { type: format.type, json_schema: { name: 'answer', schema: format.schema, strict: true } };
}
