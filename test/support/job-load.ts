/** Clients that ask without a pause, and what became of what they asked. */
import { type Answer, call, until } from './processes.ts';

export interface Load {
  /** Ids of tasks whose results were told. */
  readonly acknowledged: ReadonlySet<string>;
  /** Ids of jobs that were told before they had ended. */
  readonly detached: ReadonlySet<string>;
  stop(): Promise<void>;
}

/** Starts clients that remember what they were told. */
export function startLoad(url: string, key: string, lanes: number): Load {
  const acknowledged = new Set<string>();
  const detached = new Set<string>();
  let isRunning = true;

  async function submit(i: number): Promise<Answer> {
    const params = { delay_ms: (i % 4) * 5 };
    if (i % 3 === 0) return await call(`${url}/plexus/v1/jobs`, key, { service: 'echo', content: 'x', params });
    return await call(`${url}/api/v1/request`, '', { task_type: 'echo', content: 'x', params, api_key: key });
  }

  async function run(lane: number): Promise<void> {
    for (let i = lane; isRunning; i++) {
      const answer = await submit(i).catch(() => undefined);
      if (answer?.status === 200 && answer.body.status === 'completed') acknowledged.add(answer.body.task_id);
      else if (answer?.status === 201) detached.add(answer.body.id);
      else await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  const running = Array.from({ length: lanes }, (_, lane) => run(lane));
  const stop = async () => {
    isRunning = false;
    await Promise.all(running);
  };
  return { acknowledged, detached, stop };
}

/** State by id of all jobs of a key. */
async function listStates(url: string, key: string): Promise<Map<string, string>> {
  const states = new Map<string, string>();
  let after = '';
  do {
    const { body } = await call(`${url}/plexus/v1/jobs?limit=1000${after && `&after=${after}`}`, key);
    for (const job of body.items) states.set(job.id, job.state);
    after = body.next ?? '';
  } while (after);
  return states;
}

/** State by id of all jobs, once every one has ended. */
export async function endedJobs(url: string, key: string): Promise<Map<string, string>> {
  let states = new Map<string, string>();
  await until('every job has ended', async () => {
    states = await listStates(url, key);
    return [...states.values()].every((state) => state !== 'queued' && state !== 'running');
  });
  return states;
}
