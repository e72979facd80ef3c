/** Jobs that are to fail: one that its engine refuses, one that cannot be done in time. Neither may cost anything. */
import type { Caller, CallKind, Outcome } from '../caller.ts';
import type { JobState } from '../tally.ts';
import { follow, submit } from './job-view.ts';

const TOO_LONG = 'whale '.repeat(1000);
const DELAY_MS = 20_000;

export const doomed: CallKind = {
  name: 'job that fails on purpose',
  lanes: 1,
  run: (caller) =>
    caller.random.isBelow(0.5)
      ? fail(caller, { service: 'llm', content: TOO_LONG, params: { max_tokens: 8 }, timeout_seconds: 30 })
      : fail(caller, LATE),
};

/** Which of the two depends on how long there is no node to refuse it. */
const ENDS: readonly JobState[] = ['failed', 'timed_out'];
const LATE = { service: 'echo', content: 'too late', params: { delay_ms: DELAY_MS }, timeout_seconds: 1 };

async function fail(caller: Caller, request: object): Promise<Outcome> {
  const jobId = await submit(caller, request);
  if (jobId === undefined) return 'failed';
  const state = await follow(caller, jobId);
  if (!ENDS.includes(state)) caller.tally.complain(`job ${jobId} was to fail, and is ${state}`);
  const { costMicro } = caller.tally.jobs.get(jobId) ?? {};
  if (costMicro !== 0n) caller.tally.complain(`job ${jobId} failed and cost ${costMicro} µ`);
  return 'served';
}
