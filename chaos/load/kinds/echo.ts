/** GemmaNet's `echo`, short and slow: the answer is known beforehand, and so is its price. */
import type { Caller, CallKind, Outcome } from '../caller.ts';

const MICRO_PER_CREDIT = 1_000_000n;
const CHARACTERS_PER_UNIT = 1000;
const UNIT_CREDITS = 10;
const MAX_CHARACTERS = 1500;
/** How often a client asks again with the same key after he had his answer, as one does whose own disk forgot it. */
const REPEATS = 0.1;

export const brief: CallKind = { name: 'echo', lanes: 4, run: (caller) => echo(caller, 0) };
export const slow: CallKind = {
  name: 'slow echo',
  lanes: 3,
  run: (caller) => echo(caller, caller.random.between(100, 400)),
};

async function echo(caller: Caller, delayMs: number): Promise<Outcome> {
  const { random } = caller;
  const length = 1 + random.below(MAX_CHARACTERS);
  const content = `${random.below(2 ** 30)} `.repeat(MAX_CHARACTERS).slice(0, length);
  const params = { delay_ms: Math.round(delayMs) };
  const request = { body: { task_type: 'echo', content, params }, headers: caller.newKey() };
  const first = await ask(caller, request);
  if (first.outcome === 'served') check(caller, content, first);
  if (!random.isBelow(REPEATS)) return first.outcome;
  const second = await ask(caller, request);
  if (second.jobId !== first.jobId)
    caller.tally.complain(`one Idempotency-Key had two jobs: ${first.jobId}, ${second.jobId}`);
  return first.outcome;
}

interface Echoed {
  readonly outcome: Outcome;
  readonly jobId: string | undefined;
  readonly result: string;
  readonly costCredits: number;
}

async function ask(
  caller: Caller,
  request: { body: object; headers: Readonly<Record<string, string>> },
): Promise<Echoed> {
  const { status, body } = await caller.insist('/api/v1/request', request);
  if (status !== 200) return { outcome: 'failed', jobId: undefined, result: '', costCredits: 0 };
  const { task_id: jobId, status: state, result, cost: costCredits } = body;
  caller.learned(jobId);
  const costMicro = BigInt(costCredits) * MICRO_PER_CREDIT;
  caller.tally.ended(jobId, { customer: caller.customer, state, costMicro });
  return { outcome: state === 'completed' ? 'served' : 'failed', jobId, result, costCredits };
}

function check({ tally }: Caller, content: string, { jobId, result, costCredits }: Echoed): void {
  const price = UNIT_CREDITS * Math.ceil(content.length / CHARACTERS_PER_UNIT);
  if (costCredits !== price) tally.complain(`job ${jobId} cost ${costCredits} credits instead of ${price}`);
  if (result !== `Echo: ${content}`) tally.wrongAnswers.add(jobId ?? '');
}
