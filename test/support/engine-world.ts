/** The job engine over memory books, with time that moves only when it is told to. */
import {
  type Books,
  type Caller,
  createAcceptOffer,
  createCreditView,
  createDeliveryReceipt,
  createDispatcher,
  createEventBus,
  createJobIntake,
  createJobKeeper,
  createJobService,
  createLeaseDesk,
  createNodeRegistry,
  createScheduler,
  createSender,
  createSettlement,
  createTurns,
  type Job,
  type LiveNode,
  LiveJobs,
  type NodeSession,
  type OpenJobLimits,
  ReadyIndex,
  type Timers,
  WaitingLine,
} from '@plexus/core';
import { creditsToMicro, formatCredits, type Signer, type TaskAssign, type TaskResult } from '@plexus/protocol';
import { createMemoryBooks } from '@plexus/testkit';
import { createReceiptCrypto } from '../../packages/coordinator/src/keys/receipt-crypto.ts';

export const CLIENT: Caller = {
  accountId: 'client',
  keyId: 'key',
  role: 'client',
  scopes: ['submit', 'read'],
  limited: false,
};
/** The same weights on every node. */
const WEIGHTS = 'a'.repeat(64);
const SIGNER: Signer = { publicKey: 'key', keyId: 'id', sign: () => new Uint8Array(64) };
const START = Date.UTC(2026, 0, 1);

/** Time that only moves when it is told to, with the timers that fall due. */
class FakeTime {
  now = START;
  private readonly due = new Map<number, { at: number; run: () => void }>();
  private count = 0;
  readonly clock = () => new Date(this.now);
  readonly timers: Timers = {
    after: (milliseconds, run) => {
      const id = this.count++;
      this.due.set(id, { at: this.now + milliseconds, run });
      return () => this.due.delete(id);
    },
  };

  async pass(milliseconds: number): Promise<void> {
    const until = this.now + milliseconds;
    for (;;) {
      const next = [...this.due].filter(([, { at }]) => at <= until).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!next) break;
      this.due.delete(next[0]);
      this.now = next[1].at;
      next[1].run();
      await settle();
    }
    this.now = until;
  }
}

/** Lets every promise that can go on go on. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A node that keeps its assignments until the script says what becomes of them. */
export class ScriptedNode implements NodeSession {
  readonly tasks: TaskAssign[] = [];
  readonly refusals: string[] = [];
  /** The newest window of each task. */
  readonly windows = new Map<string, number>();
  node: LiveNode | undefined;
  assign(task: TaskAssign): void {
    this.tasks.push(task);
  }
  cancel(jobId: string): void {
    const position = this.tasks.findIndex((task) => task.task_id === jobId);
    if (position >= 0) this.tasks.splice(position, 1);
  }
  refuse(code: string): void {
    this.refusals.push(code);
  }
  window(jobId: string, _epoch: number, seq: number): void {
    this.windows.set(jobId, seq);
  }
  credit(): void {}
  drain(): void {}
  close(): void {}
}

interface WorldOptions extends OpenJobLimits {
  readonly maxWaiting?: number;
  readonly maxJobsPerAccount?: number;
  /** Books that others may use too; of its own where there are none. */
  readonly books?: Books;
  /** Begins the ids of this world's jobs. */
  readonly idPrefix?: string;
}

export async function createWorld(options: WorldOptions = {}) {
  const { books = createMemoryBooks(), idPrefix = 'job', ...limits } = options;
  const time = new FakeTime();
  const { clock, timers } = time;
  const createdAt = clock();
  for (const [id, kind] of [
    ['mint', 'mint'],
    ['fees', 'fees'],
    ['client', 'client'],
    ['nodes', 'node'],
    ['nodes-b', 'node'],
  ] as const) {
    const grant = id === 'client' ? creditsToMicro(1000) : 0n;
    await books.commit({ type: 'openAccount', account: { id, kind, name: id, createdAt }, grant, mintId: 'mint' });
  }
  const events = createEventBus();
  const [live, line, index] = [new LiveJobs(limits), new WaitingLine(limits), new ReadyIndex()];
  const registry = createNodeRegistry({ reader: books.read, index, events, clock });
  const credits = createCreditView(books);
  const scheduler = createScheduler({ index, clock, random: () => 0 });
  const common = { books, credits, registry, scheduler, events, timers, clock, live, line };
  const attestDelivery = createDeliveryReceipt({ crypto: createReceiptCrypto(), signer: SIGNER, clock });
  const settlement = createSettlement({ ...common, feesId: 'fees', feeBasisPoints: 250, attestDelivery });
  const dispatcher = createDispatcher({ ...common, sender: createSender({ settlement, timers, clock }) });
  const judge = (job: Job, { record }: LiveNode, { work }: TaskResult) => {
    const { units = 1, metadata = {} } = work ?? {};
    return { ok: true as const, units, receipt: receiptOf(job, record.id, { at: clock(), units, metadata }) };
  };
  const turns = createTurns({ ...common, dispatcher, settlement, judge });
  const desk = createLeaseDesk({ ...common, dispatcher, turns });
  const keeper = createJobKeeper({ ...common, desk, settlement });
  let count = 0;
  const newId = () => `${idPrefix}-${String(count++).padStart(6, '0')}`;
  const bundles = { requireFor: () => undefined };
  const rest = { newId, bundles, checkParams: () => undefined, checkUrl: () => undefined, maxJobsPerKey: 100 };
  const { maxJobsPerAccount = 1000 } = options;
  const intake = createJobIntake({ ...common, dispatcher, settlement, keeper, ...rest, maxJobsPerAccount });
  const jobs = createJobService({ ...common, intake, keeper, turns });
  const accept = createAcceptOffer({ ...common, dispatcher, settlement });
  return { time, books, registry, desk, jobs, live, line, events, accept };
}

interface Work {
  readonly at: Date;
  readonly units: number;
  readonly metadata: Readonly<Record<string, string | number>>;
}

function receiptOf(job: Job, nodeId: string, { at, units, metadata }: Work) {
  const text = at.toISOString();
  return {
    payload: {
      version: '1.0' as const,
      receipt_id: `receipt_${job.id}`,
      job_id: job.id,
      miner_id: nodeId,
      client: job.accountId,
      units,
      unit_type: 'request',
      price: formatCredits(BigInt(units) * job.unitPrice),
      started_at: text,
      completed_at: text,
      metadata,
    },
    signature: { alg: 'Ed25519' as const, key_id: '', sig: '', public_key: '' },
    custodial: false,
    leafHash: new Uint8Array(32),
    createdAt: at,
  };
}

export type World = Awaited<ReturnType<typeof createWorld>>;

export async function join(world: World, name: string, before?: ScriptedNode): Promise<ScriptedNode> {
  const session = new ScriptedNode();
  const createdAt = world.time.clock();
  const record = {
    id: name,
    accountId: name.endsWith('-b') ? 'nodes-b' : 'nodes',
    name,
    custodial: false,
    capabilities: ['echo', 'llm'],
    languages: [],
    createdAt,
  };
  const services = [
    { id: 'echo', concurrency: 2 },
    { id: 'llm', concurrency: 2, models: ['m'], weights: { m: WEIGHTS }, features: ['resume'] },
  ];
  const register = { node_id: name, protocol: { version: 1, public_key: 'k'.repeat(44), services, resume: [] } };
  session.node = await world.registry.connect(record, register, session);
  const resume = before?.tasks.map(({ task_id, epoch = 1 }) => ({ task_id, epoch })) ?? [];
  if (before) session.tasks.push(...before.tasks);
  world.desk.joined(session.node, resume);
  return session;
}
