/** Jobs as Plexus' own API shows them. */
import type { Caller } from '../caller.ts';
import type { JobState } from '../tally.ts';

const WAIT_SECONDS = 5;
const ENDED: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled', 'timed_out']);

/** Submits a job that goes on by itself. @returns its id, or nothing when it was refused */
export async function submit(caller: Caller, body: object): Promise<string | undefined> {
  const answer = await caller.insist('/plexus/v1/jobs', { body, headers: caller.newKey() });
  if (answer.status !== 201) return undefined;
  caller.learned(answer.body.id);
  return answer.body.id;
}

/** Asks until the job has ended. */
export async function follow(caller: Caller, jobId: string): Promise<JobState> {
  for (;;) {
    const { status, body } = await caller.insist(`/plexus/v1/jobs/${jobId}?wait_seconds=${WAIT_SECONDS}`, {});
    if (status !== 200)
      throw new Error(`asked for job ${jobId}, which he had been told of, and was answered ${status}`);
    if (ENDED.has(body.state)) return noteEnd(caller, body);
    await caller.pause();
  }
}

/** @param view a job that has ended */
export function noteEnd({ tally, customer }: Caller, view: { id: string; state: JobState; cost: string }): JobState {
  tally.ended(view.id, { customer, state: view.state, costMicro: microOf(view.cost) });
  return view.state;
}

/** @param credits decimal text with up to six places */
export function microOf(credits: string): bigint {
  const [whole = '0', places = ''] = credits.split('.');
  return BigInt(whole + places.padEnd(6, '0'));
}
