/** Jobs that go on without their client, who comes back for them. */
import type { CallKind } from '../caller.ts';
import { follow, submit } from './job-view.ts';

const MAX_DELAY_MS = 500;
const TIMEOUT_SECONDS = 30;

export const detached: CallKind = {
  name: 'detached job',
  lanes: 2,
  async run(caller) {
    const params = { delay_ms: caller.random.below(MAX_DELAY_MS) };
    const jobId = await submit(caller, { service: 'echo', content: 'later', params, timeout_seconds: TIMEOUT_SECONDS });
    if (jobId === undefined) return 'failed';
    return (await follow(caller, jobId)) === 'completed' ? 'served' : 'failed';
  },
};
