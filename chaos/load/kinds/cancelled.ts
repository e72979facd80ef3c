/** Jobs that their client cancels while they run. */
import { sleep } from '../../wait.ts';
import type { CallKind } from '../caller.ts';
import { follow, noteEnd, submit } from './job-view.ts';

const DELAY_MS = 3000;
const TIMEOUT_SECONDS = 30;
const MAX_PATIENCE_MS = 200;

export const cancelled: CallKind = {
  name: 'cancelled job',
  lanes: 1,
  async run(caller) {
    const params = { delay_ms: DELAY_MS };
    const jobId = await submit(caller, { service: 'echo', content: 'never', params, timeout_seconds: TIMEOUT_SECONDS });
    if (jobId === undefined) return 'failed';
    await sleep(caller.random.between(0, MAX_PATIENCE_MS));
    const { status, body } = await caller.insist(`/plexus/v1/jobs/${jobId}/cancel`, { body: {} });
    // It had ended already, or the answer to an earlier try was lost on its way.
    const state = status === 200 ? noteEnd(caller, body) : await follow(caller, jobId);
    return state === 'cancelled' || state === 'completed' ? 'served' : 'failed';
  },
};
