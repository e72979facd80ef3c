import { DomainError } from '../errors.ts';
import { openAccount } from './account-rules.ts';
import type { RateJob, RegisterNode } from './commands.ts';
import type { AnyDraft } from './draft.ts';

/** A node keeps its key and its account; nobody else's account id can be a node's name. */
export function registerNode(draft: AnyDraft, { node, account }: RegisterNode): void {
  const known = draft.findNode(node.id);
  const otherKey = known?.publicKey !== undefined && known.publicKey !== node.publicKey;
  const otherAccount = known !== undefined && known.accountId !== node.accountId;
  const stolenName = draft.findAccount(node.id) !== undefined && node.accountId !== node.id;
  if (otherKey || otherAccount || stolenName) {
    throw new DomainError('NODE_IDENTITY_REFUSED', 'This node id belongs to somebody else', { nodeId: node.id });
  }
  if (account) openAccount(draft, { type: 'openAccount', ...account });
  draft.getAccount(node.accountId);
  draft.put(draft.nodes, node.id, node);
}

export function rateJob(draft: AnyDraft, command: RateJob): void {
  const { jobId, accountId, nodeId, rating } = command;
  const job = draft.getJob(jobId);
  if (job.accountId !== accountId) throw new DomainError('JOB_NOT_FOUND', 'Job does not exist', { jobId });
  const earlier = draft.findRating(jobId);
  const score = draft.getScore(nodeId);
  draft.put(draft.scores, nodeId, {
    ...score,
    ratings: score.ratings + (earlier === undefined ? 1 : 0),
    ratingSum: score.ratingSum + rating - (earlier ?? 0),
  });
  draft.put(draft.ratings, jobId, command);
}
