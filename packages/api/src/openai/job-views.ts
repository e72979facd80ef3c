/** How a job looks in OpenAI's answers. */
import { type Job, receiptIdOf } from '@plexus/core';
import { formatCredits, type openAiEndpoints, type Output } from '@plexus/protocol';
import type { Context } from '../dialect.ts';

type Answer = Output<typeof openAiEndpoints.createChatCompletion>;

export function createdAt({ createdAt: at }: Job): number {
  return Math.floor(at.getTime() / 1000);
}

/** The model that did the work; before that is known the one that was asked for. */
export function modelName({ facts, params }: Job, asked: string): string {
  const name = facts?.['model'] ?? params['model'];
  return typeof name === 'string' ? name : asked;
}

/** The engine's own counts. A node that states none has still counted what is billed. */
export function usageOf({ facts, units = 0 }: Job): Answer['usage'] {
  const completion = countOf(facts?.['completion_tokens']) ?? 0;
  const prompt = countOf(facts?.['prompt_tokens']) ?? Math.max(0, units - completion);
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

function countOf(fact: string | number | undefined): number | undefined {
  return typeof fact === 'number' ? fact : undefined;
}

export function finishReason({ facts }: Job): string {
  const reason = facts?.['finish_reason'];
  return typeof reason === 'string' ? reason : 'stop';
}

/** What OpenAI calls the configuration of a backend is here the weights. */
export function fingerprintOf({ facts }: Job): { system_fingerprint?: string } {
  const digest = facts?.['model_sha256'];
  return typeof digest === 'string' ? { system_fingerprint: digest } : {};
}

export function toPlexus({ id, receiptIndex, cost, nodeId }: Job): Answer['plexus'] {
  const receipt = receiptIndex === undefined ? null : receiptIdOf(id);
  return { job_id: id, receipt_id: receipt, cost: formatCredits(cost), node_id: nodeId ?? null };
}

/** Says in the headers which job and which node answers. */
export function tellJob({ id, nodeId }: Job, context: Pick<Context, 'setHeader'>): void {
  context.setHeader('x-plexus-job', id);
  if (nodeId !== undefined) context.setHeader('x-plexus-node', nodeId);
}
