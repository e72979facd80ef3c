import { INFERNET_PREFIX, PASS_HEADERS } from '@plexus/protocol';
import type { NodePass } from '../../node-pass.ts';
import type { RunJob } from './answering.ts';

/** Longer than any job of a container lives. */
const DEADLINE_MS = 3_600_000;

export interface RunJobOptions {
  /** Base of the coordinator's HTTP API. */
  readonly coordinatorUrl: string;
  readonly pass: NodePass;
  readonly token: string | undefined;
}

type Asking = Pick<Parameters<RunJob>[0], 'owner' | 'signal'>;

/** Has the coordinator take a job of this node's own, like any other, and waits for its end. */
export function createRunJob({ coordinatorUrl, pass, token }: RunJobOptions): RunJob {
  const base = coordinatorUrl + INFERNET_PREFIX;

  async function call(path: string, { owner, signal }: Asking, body?: object): Promise<string> {
    const answer = await fetch(base + path, {
      method: body ? 'POST' : 'GET',
      headers: {
        ...pass(),
        [PASS_HEADERS.client]: '127.0.0.1',
        [PASS_HEADERS.chain]: owner,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]),
    });
    const text = await answer.text();
    if (answer.ok) return text;
    throw new Error(`The coordinator refused the job: ${text.slice(0, 300)}`);
  }

  return async (job) => {
    const { owner, signal } = job;
    const asking = { owner, signal };
    const request = 'signed' in job ? { ...job.signed, data: job.data } : dataOfChain(job);
    const created = JSON.parse(await call('/api/jobs', asking, request)) as { id: string };
    const events = await call(`/api/jobs/${created.id}/events`, asking);
    const last =
      events
        .trim()
        .split('\n')
        .at(-1)
        ?.replace(/^data: /, '') ?? '';
    const { result } = JSON.parse(last) as { result?: { output?: unknown; error?: string } | null };
    if (result && 'output' in result) return result.output;
    throw new Error(`The job ${created.id} failed: ${result?.error ?? 'it did not end'}`);
  };
}

function dataOfChain({ containers, input }: Extract<Parameters<RunJob>[0], { readonly input: unknown }>) {
  return { containers, data: { input } };
}
