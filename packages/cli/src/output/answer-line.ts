import { DEFAULT_MAX_TOKENS, type JobView } from '@plexus/protocol';
import type { StreamInfo, TextStream } from '@plexus/sdk';
import type { Io } from '../io.ts';
import { coloursFor } from './colours.ts';
import { groupDigits, oneLine } from './text.ts';

const JOB_TIMEOUT_MS = 5000;
/** Why an answer ended before its end. */
const MOST_TOKENS = 'cut at the most tokens allowed; see --max-tokens';
const NO_ROOM = "cut where the model's context is full; send less, or begin anew with /clear";

/** The job of a streamed answer; nothing when it cannot be told, which takes nothing from the answer. */
export async function jobBehind(stream: TextStream): Promise<JobView | undefined> {
  if (stream.info.jobId === undefined) return undefined;
  return await stream.job({ timeoutMs: JOB_TIMEOUT_MS, maxRetries: 0 }).catch(() => undefined);
}

/**
 * What an answer took, under it, where a person looks.
 *
 * @param maxTokens what it was asked to have at most
 */
export async function tellCost({ stderr, env }: Io, stream: TextStream, maxTokens = DEFAULT_MAX_TOKENS): Promise<void> {
  if (!stderr.isTTY) return;
  const line = costLine(stream.info, await jobBehind(stream), maxTokens);
  if (line !== '') stderr.write(`${coloursFor(stderr, env).dim(line)}\n`);
}

function costLine({ usage, finishReason }: StreamInfo, job: JobView | undefined, maxTokens: number): string {
  const isShort = usage !== undefined && usage.completion_tokens < maxTokens;
  const parts = [
    ...(usage ? [`${usage.prompt_tokens} + ${usage.completion_tokens} tokens`] : []),
    ...(job ? jobParts(job) : []),
    ...(finishReason === 'length' ? [isShort ? NO_ROOM : MOST_TOKENS] : []),
  ];
  return oneLine(parts.join(' · '));
}

function jobParts({ cost, receipt_id, node_id }: JobView): string[] {
  return [
    `${groupDigits(cost)} credits`,
    receipt_id === null ? 'no receipt' : `receipt ${receipt_id}`,
    ...(node_id === null ? [] : [`node ${node_id}`]),
  ];
}
