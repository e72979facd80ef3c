import type { BooksReader } from '../books/books.ts';
import { DomainError } from '../errors.ts';
import type { LiveJobs } from '../jobs/live-jobs.ts';
import { hasEnded, type Job } from '../jobs/job.ts';
import { minerIdOf, requireMiner } from '../marketplace/miner-choice.ts';
import type { LiveNode } from '../nodes/live-node.ts';
import type { NodeAdmission } from '../nodes/node-admission.ts';
import { countedUnits, type WorkResult } from '../receipts/work-judge.ts';
import { type ConnectedMiner, ConnectedMiners, type ConnectedMinersDeps } from './connected-miners.ts';
import { registerMessage } from './miner-registration.ts';
import type { JobStanding, MinerCaller, MinerService, RegisterMiner } from './miner-service.ts';
import { PollingSession } from './polling-session.ts';
import { resultText } from './result-text.ts';

type Lease = Parameters<ConnectedMinersDeps['desk']['reclaim']>[1];

export interface MinerServiceDeps extends ConnectedMinersDeps {
  readonly reader: Pick<BooksReader, 'findJob'>;
  readonly admission: NodeAdmission;
  readonly live: LiveJobs;
  /** A secret that nobody can guess. */
  readonly newToken: () => string;
}

export function createMinerService(deps: MinerServiceDeps): MinerService {
  const { registry, desk, live, now } = deps;
  const miners = new ConnectedMiners(deps);

  async function speak(who: MinerCaller, jobId: string, said: Omit<WorkResult, 'task_id'>): Promise<JobStanding> {
    const job = await report(miners.get(who), { ...said, task_id: jobId }, deps);
    return { jobId, state: job.state, hasReceipt: job.receiptIndex !== undefined };
  }

  return {
    async register(request) {
      const miner = await connect(request, deps);
      const { session, node } = miner;
      miners.put(request.caller.keyId, miner);
      desk.joined(node, []);
      return { minerId: node.record.id, sessionToken: session.token };
    },

    heartbeat(who, { isDraining, progress }) {
      const miner = miners.get(who);
      if (isDraining) registry.drain(miner.node);
      for (const [jobId, percent] of Object.entries(progress)) noteProgress(miner, jobId, percent, deps);
      return miner.session.takeCancelled();
    },

    async poll(who, options) {
      const miner = miners.get(who);
      const task = await miner.session.poll(options);
      miner.heardAt = now();
      return task && { ...task, name: live.find(task.task_id)?.job.name };
    },

    giveBack: ({ caller }, task) => miners.find(caller.keyId)?.session.giveBack(task),

    async result(who, jobId, { result, counted, processingMs = 0, epoch }) {
      const claim = { ...(counted && { counted }), ...(epoch !== undefined && { epoch }) };
      const text = resultText(result, live.find(jobId)?.job.service ?? '');
      return await speak(who, jobId, { status: 'completed', result: text, processing_time_ms: processingMs, ...claim });
    },

    async fail(who, jobId, { code, message, isRetryable, epoch }) {
      const error = { code, message, retryable: isRetryable };
      return await speak(who, jobId, {
        status: 'failed',
        result: message,
        error,
        ...(epoch !== undefined && { epoch }),
      });
    },

    close: () => miners.close(),
  };
}

async function connect(request: RegisterMiner, deps: MinerServiceDeps): Promise<ConnectedMiner> {
  const { admission, registry, desk, timers, newToken, isLoopback } = deps;
  const { caller, minerId = minerIdOf(caller), concurrency } = request;
  requireMiner(caller, isLoopback);
  const message = registerMessage(minerId, request);
  const record = await admission.admit(message, { caller, isLive: registry.find(minerId) !== undefined });
  const onPlaces = (node: LiveNode, places: number): void => {
    registry.offerPlaces(node, places);
    if (places > 0) desk.ready(node);
  };
  const session = new PollingSession({ token: newToken(), concurrency, timers, onPlaces });
  const node = await registry.connect(record, message, session);
  session.attach(node);
  return { session, node, heardAt: deps.now() };
}

/** Says what became of a lease, and waits until that is in the books. */
async function report(miner: ConnectedMiner, said: WorkResult, deps: MinerServiceDeps): Promise<Job> {
  const { live: jobs, desk, reader } = deps;
  const { node, session } = miner;
  const { task_id: jobId } = said;
  const live = jobs.find(jobId);
  if (live && keeps(miner, { task_id: jobId, epoch: said.epoch ?? live.job.epoch }, deps))
    requireCount(live.job, said, deps);
  if (!live || !desk.result(node, said)) throw refused(jobId, node, live?.job, await reader.findJob(jobId));
  session.forget(jobId);
  const job = live.ending ? await live.ended : live.job;
  if (said.status === 'failed' || job.state === 'completed') return job;
  const turn = job.attempts.findLast(({ nodeId }) => nodeId === node.record.id);
  throw new DomainError('INVALID_INPUT', `The result was refused: ${turn?.error}`, { field: 'result' });
}

/** Whether a miner has a lease, also one of a registration before: nobody may have had the job since. */
function keeps({ node, session }: ConnectedMiner, lease: Lease, { desk }: MinerServiceDeps): boolean {
  const isIts = desk.reclaim(node, lease);
  if (isIts) session.keep(lease.task_id);
  return isIts;
}

/**
 * A miner is asked again for what it counted: its job is no worse for a slip in that.
 *
 * @throws {DomainError} INVALID_INPUT
 */
function requireCount(job: Job, said: WorkResult, { clock }: MinerServiceDeps): void {
  const counted = said.status === 'completed' ? countedUnits(job, said, clock()) : 0;
  if (typeof counted === 'string') {
    throw new DomainError('INVALID_INPUT', `metrics: ${counted}; the job is still yours`, { field: 'metrics' });
  }
}

/** Says why; what runs is ahead of what the books know of it. */
function refused(jobId: string, { record }: LiveNode, running: Job | undefined, job: Job | undefined): DomainError {
  const isOwn = job?.nodeId === record.id;
  if (isOwn && hasEnded(job.state)) {
    const { state } = job;
    return new DomainError('JOB_ALREADY_ENDED', `The job has already ended: ${state}`, { jobId, state });
  }
  if (isOwn || running?.nodeId === record.id) {
    return new DomainError('STALE_LEASE', 'The job is no longer leased to this miner', {
      jobId,
      epoch: job?.epoch ?? 0,
    });
  }
  return new DomainError('JOB_NOT_FOUND', 'This miner has no such job', { jobId });
}

function noteProgress(miner: ConnectedMiner, jobId: string, percent: number, deps: MinerServiceDeps): void {
  const epoch = deps.live.find(jobId)?.job.epoch;
  if (epoch === undefined) return;
  keeps(miner, { task_id: jobId, epoch }, deps);
  deps.desk.progress(miner.node, { task_id: jobId, epoch, percent });
}
