/** `plexus run llm`, printed while it is made. */
import type { JobView } from '@plexus/protocol';
import { ApiError, type CompletionBody, type TextStream } from '@plexus/sdk';
import { CliError, EXIT, usageError } from '../failure.ts';
import type { Io } from '../io.ts';
import { createTextPrinter } from '../output/text-printer.ts';
import type { Session } from '../session.ts';

/** Parameters of `llm` that OpenAI's completions know too. */
const STREAMABLE: ReadonlySet<string> = new Set([
  'model',
  'max_tokens',
  'temperature',
  'top_p',
  'seed',
  'stop',
  'frequency_penalty',
  'presence_penalty',
]);

export interface StreamWish {
  readonly service: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly maxCost?: string | undefined;
  /** What the user said; nothing leaves it to where the output goes. */
  readonly stream?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/**
 * Whether to print the result while it is made: where a person looks, unless told otherwise.
 *
 * @throws {CliError} usage: when that is asked for and cannot be
 */
export function isToBeStreamed(wish: StreamWish, isTTY: boolean): boolean {
  const hindrance = hindranceOf(wish);
  if (wish.stream === true && hindrance !== undefined) throw usageError(`--stream is not possible ${hindrance}`);
  return hindrance === undefined && (wish.stream ?? isTTY);
}

function hindranceOf({ service, params, maxCost, json }: StreamWish): string | undefined {
  if (service !== 'llm') return `with ${service}: only llm is made piece by piece`;
  if (maxCost !== undefined) return 'with --max-cost';
  if (json) return 'with --json; `plexus chat --json` streams';
  const other = Object.keys(params).find((name) => !STREAMABLE.has(name));
  return other === undefined ? undefined : `with the parameter ${other}`;
}

interface StreamedTask {
  readonly content: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** @returns the job at its end */
export async function runStreamed(io: Io, { plexus }: Session, { content, params }: StreamedTask): Promise<JobView> {
  // The network checks the parameters; their names are known here to be right.
  const body = { model: 'default', prompt: content, ...params } as CompletionBody;
  const stream = plexus.completions.stream(body, { signal: io.signal });
  const printer = createTextPrinter(io, 'waiting for a node');
  try {
    for await (const piece of stream) printer.add(piece);
  } catch (error) {
    throw io.signal.aborted ? interrupted(error) : withJob(error, stream);
  } finally {
    printer.end();
  }
  return await stream.job({ signal: io.signal });
}

function interrupted(cause: unknown): CliError {
  return new CliError('Interrupted; the network was asked to cancel the job', { exitCode: EXIT.interrupted, cause });
}

/** An answer that failed in its midst has a job that tells why. */
function withJob(error: unknown, { info: { jobId } }: TextStream): unknown {
  if (!(error instanceof ApiError) || jobId === undefined) return error;
  const hint = `What was printed is not the whole answer. See why with: plexus jobs explain ${jobId}`;
  return new CliError(`The job failed: ${error.message} (${error.code})`, { hint, cause: error });
}
