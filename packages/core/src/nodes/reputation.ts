import type { NodeScore } from './node-record.ts';

/** Tasks and ratings that every node is thought to have behind it, so that the first ones do not decide all. */
const PRIOR_TASKS = 10;
const PRIOR_SUCCESS = 0.8;
const PRIOR_RATINGS = 5;
const PRIOR_RATING = 4;
/** How much reliability weighs against the ratings of clients. */
const RELIABILITY_WEIGHT = 0.6;

/**
 * Reputation from 0 to 5: reliability and ratings, each a Bayesian mean. A new node has 4.
 * It falls with every failed task and rises with every completed one.
 */
export function reputationOf(score: Pick<NodeScore, 'completed' | 'failed' | 'ratings' | 'ratingSum'>): number {
  const tasks = score.completed + score.failed;
  const reliability = (score.completed + PRIOR_SUCCESS * PRIOR_TASKS) / (tasks + PRIOR_TASKS);
  const rating = (score.ratingSum + PRIOR_RATING * PRIOR_RATINGS) / (score.ratings + PRIOR_RATINGS);
  const reputation = RELIABILITY_WEIGHT * 5 * reliability + (1 - RELIABILITY_WEIGHT) * rating;
  return Math.round(reputation * 100) / 100;
}
