/** The language model through OpenAI's API, answered whole. */
import type { CallKind } from '../caller.ts';
import { microOf } from './job-view.ts';

const MAX_TOKENS = 12;

export const generated: CallKind = {
  name: 'completion',
  lanes: 1,
  async run(caller) {
    const body = { model: 'default', prompt: 'The sea was', max_tokens: MAX_TOKENS, temperature: 0 };
    const answer = await caller.insist('/v1/completions', { body, headers: caller.newKey() });
    if (answer.status !== 200) return 'failed';
    const { job_id: jobId, cost } = answer.body.plexus;
    caller.learned(jobId);
    caller.tally.ended(jobId, { customer: caller.customer, state: 'completed', costMicro: microOf(cost) });
    return 'served';
  },
};
