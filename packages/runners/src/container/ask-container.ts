import { exceedsDepth, MAX_ANSWER_DEPTH } from '@plexus/protocol';
import { reasonOf } from '../interruption.ts';
import { type ContainerAnswer, type ContainerCalls, textOf } from './container-calls.ts';

/** Where data comes from and goes to. Source: contract/infernet.md, "Container contract". */
export const PLACE = { chain: 0, offChain: 1, stream: 2 } as const;

const PATH = '/service_output';
/** Characters of a container's own words that a failure quotes. */
const MAX_QUOTED = 300;

/** What a container is given. */
export interface ContainerInput {
  readonly source: number;
  readonly destination: number;
  readonly data: unknown;
  readonly requires_proof: boolean;
}

interface AskOptions {
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A container that did not do its work, in words that may be shown to its clients. */
export class ContainerFailure extends Error {
  override readonly name = 'ContainerFailure';
}

/**
 * Hands data to a container.
 *
 * @returns its answer's JSON
 * @throws {ContainerFailure}
 */
export async function askContainer(
  calls: ContainerCalls,
  input: ContainerInput,
  options: AskOptions,
): Promise<unknown> {
  const answer = await begin(calls, input, options);
  const text = await worded(() => textOf(answer), options);
  return parse(text);
}

/**
 * The same, piece by piece.
 *
 * @yields text as it comes
 * @throws {ContainerFailure}
 */
export async function* readContainer(
  calls: ContainerCalls,
  input: ContainerInput,
  options: AskOptions,
): AsyncGenerator<string> {
  const answer = await begin(calls, input, options);
  const decoder = new TextDecoder();
  const pieces = answer.body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const piece = await worded(() => pieces.next(), options);
      if (piece.done === true) break;
      yield decoder.decode(piece.value, { stream: true });
    }
    yield decoder.decode();
  } finally {
    answer.discard();
  }
}

async function begin(calls: ContainerCalls, input: ContainerInput, options: AskOptions): Promise<ContainerAnswer> {
  const body = JSON.stringify(input);
  const answer = await worded(() => calls.call({ method: 'POST', path: PATH, body, ...options }), options);
  if (answer.status >= 200 && answer.status < 300) return answer;
  const said = await textOf(answer).catch(() => '');
  const words = said.trim() === '' ? '' : `: ${reasonOf(said).slice(0, MAX_QUOTED)}`;
  throw new ContainerFailure(`It answered with HTTP status ${answer.status}${words}`);
}

/** What goes wrong on the way is the container's failure, unless nobody waits any more. */
async function worded<T>(step: () => Promise<T>, { signal }: AskOptions): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ContainerFailure(reasonOf(error), { cause: error });
  }
}

function parse(text: string): unknown {
  if (text.trim() === '') throw new ContainerFailure('It answered with nothing, which is no JSON');
  const value = parseJson(text);
  if (!exceedsDepth(value, MAX_ANSWER_DEPTH)) return value;
  throw new ContainerFailure(`Its answer is nested more than ${MAX_ANSWER_DEPTH} levels deep`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const quoted = reasonOf(text).slice(0, MAX_QUOTED);
    throw new ContainerFailure(`It answered with something that is no JSON: ${quoted}`, { cause });
  }
}
