/** A network whose streamed answers a test writes piece by piece. */
import { Inbox } from './inbox.ts';

const MODELS = ['default', 'tiny'].map((id) => ({ id, plexus: { service: 'llm', nodes: 1, features: ['chat'] } }));
const EMBEDDING = { id: 'embedding', plexus: { service: 'embedding', nodes: 1, features: [] } };

/** A streamed answer, as its test writes it. */
class Answer {
  readonly body: Readonly<Record<string, unknown>>;
  readonly path: string;
  readonly #controller: ReadableStreamDefaultController<Uint8Array>;

  constructor(path: string, body: Record<string, unknown>, controller: ReadableStreamDefaultController<Uint8Array>) {
    this.path = path;
    this.body = body;
    this.#controller = controller;
  }

  piece(text: string): void {
    const choice = this.path.endsWith('/chat/completions') ? { delta: { content: text } } : { text };
    this.#send({ model: 'tiny', choices: [{ index: 0, ...choice, finish_reason: null }] });
  }

  end(reason = 'stop'): void {
    this.#send({ choices: [{ index: 0, delta: {}, finish_reason: reason }] });
    this.#send({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 } });
    this.#controller.enqueue(new TextEncoder().encode('data: [DONE]\n\n'));
    this.#controller.close();
  }

  fail(code: string, message: string): void {
    this.#send({ error: { message, type: 'server_error', param: null, code } });
    this.#controller.close();
  }

  #send(value: unknown): void {
    this.#controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(value)}\n\n`));
  }
}

export interface ScriptedNetwork {
  readonly fetch: typeof fetch;
  /** Streams as they are asked for. */
  readonly answers: Inbox<Answer>;
  /** Every request that was made, as method and path. */
  readonly made: string[];
}

const JOB = {
  id: 'job-1',
  state: 'completed',
  cost: '0.0009',
  receipt_id: 'receipt_job-1',
  node_id: 'node-1',
  processing_time_ms: 5,
};

export function scriptedNetwork(): ScriptedNetwork {
  const answers = new Inbox<Answer>();
  const made: string[] = [];
  return {
    answers,
    made,
    fetch: async (input, init = {}) => {
      const path = new URL(input instanceof Request ? input.url : input).pathname;
      made.push(`${init.method} ${path}`);
      if (path === '/v1/models') return Response.json({ data: [...MODELS, EMBEDDING] });
      if (path.startsWith('/plexus/v1/jobs')) return Response.json(JOB);
      const body = JSON.parse(typeof init.body === 'string' ? init.body : '') as Record<string, unknown>;
      if (body['model'] === 'gone') return refusal();
      return streamed(path, body, init.signal ?? undefined, answers);
    },
  };
}

function refusal(): Response {
  const error = { message: 'Nobody serves it', type: 'invalid_request_error', param: 'model', code: 'model_not_found' };
  return Response.json({ error }, { status: 404 });
}

function streamed(
  path: string,
  body: Record<string, unknown>,
  signal: AbortSignal | undefined,
  answers: Inbox<Answer>,
): Response {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      signal?.addEventListener('abort', () => controller.error(signal.reason), { once: true });
      answers.put(new Answer(path, body, controller));
    },
  });
  return new Response(stream, { headers: { 'content-type': 'text/event-stream', 'x-plexus-job': 'job-1' } });
}
