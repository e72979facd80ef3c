/** How a job looks in OpenAI's answers. */
import { type Job, receiptIdOf } from '@plexus/core';
import { formatCredits, type openAiEndpoints, type Output } from '@plexus/protocol';

type Answer = Output<typeof openAiEndpoints.createChatCompletion>;

export function createdAt({ createdAt: at }: Job): number {
  return Math.floor(at.getTime() / 1000);
}

/** The model that did the work; before that is known the one that was asked for. */
export function modelName({ facts, params }: Job, asked: string): string {
  const name = facts?.['model'] ?? params['model'];
  return typeof name === 'string' ? name : asked;
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
