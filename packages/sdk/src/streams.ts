import { type Endpoint, type Input, openAiEndpoints, type plexusEndpoints } from '@plexus/protocol';
import { type CallOptions, type Client, type ClientOptions, openStream, waitSeconds } from './client.ts';
import { cancelQuietly } from './run-job.ts';
import { createTextStream, type TextStream } from './text-stream.ts';

/** The coordinator ends a job by itself soon after the last piece, or after it was cancelled. */
const END_WAIT_SECONDS = 30;

type StreamedBody<E extends Endpoint> = Omit<Input<E>['body'], 'stream' | 'stream_options'>;

/** A conversation, and how it is to be answered. */
export type ChatBody = StreamedBody<typeof openAiEndpoints.createChatCompletion>;
/** A text, and how it is to be continued. */
export type CompletionBody = StreamedBody<typeof openAiEndpoints.createCompletion>;

/** Answers that are read while they are made; usage is always told. */
export interface Streams {
  readonly chat: { stream(body: ChatBody, options?: CallOptions): TextStream };
  readonly completions: { stream(body: CompletionBody, options?: CallOptions): TextStream };
}

/** Streams of OpenAI's endpoints, whose jobs are looked after in Plexus's own API. */
export function createStreams(network: Client<typeof plexusEndpoints>, options: ClientOptions): Streams {
  const stream = (endpoint: Endpoint, body: object, callOptions: CallOptions): TextStream =>
    createTextStream({
      signal: callOptions.signal,
      open: () => openStream(endpoint, { body: toStreamed(body) }, { ...options, ...callOptions }),
      getJob: (jobId, jobOptions) =>
        network.getJob(
          {
            params: { job_id: jobId },
            query: { wait_seconds: waitSeconds(END_WAIT_SECONDS, jobOptions.timeoutMs ?? options.timeoutMs) },
          },
          jobOptions,
        ),
      cancelJob: (jobId) => cancelQuietly(network, jobId),
    });
  return {
    chat: { stream: (body, callOptions = {}) => stream(openAiEndpoints.createChatCompletion, body, callOptions) },
    completions: { stream: (body, callOptions = {}) => stream(openAiEndpoints.createCompletion, body, callOptions) },
  };
}

function toStreamed(body: object): object {
  return { ...body, stream: true, stream_options: { include_usage: true } };
}
