/** Where a job is. The last four are ends: nothing follows them. */
export type JobState = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled' | 'timed_out';

/** The closed list of reasons for which a job ends. */
export type EndReason =
  | 'done'
  | 'failed_everywhere'
  | 'refused_input'
  /** The client's own program failed, which it would do on every node. */
  | 'program_failed'
  | 'no_capable_node'
  | 'node_lost'
  | 'deadline_exceeded'
  | 'cancelled_by_client'
  | 'cancelled_by_operator'
  | 'internal_error';

/** How one node's turn at a job ended. */
export type AttemptOutcome = 'completed' | 'failed' | 'refused' | 'node_lost' | 'timed_out' | 'cancelled';

/** One node's turn at a job, under one lease. */
export interface Attempt {
  /** Fencing token: grows with every lease of the job; a result under an older one is refused. */
  readonly epoch: number;
  readonly nodeId: string;
  readonly startedAt: Date;
  readonly endedAt?: Date;
  readonly outcome?: AttemptOutcome;
  readonly error?: string;
}

/** A node that the scheduler looked at: its score and the parts of it, or what ruled it out. */
export interface Candidate {
  readonly nodeId: string;
  readonly score?: number;
  readonly parts: Readonly<Record<string, number>>;
  readonly ruledOut?: string;
}

/** Why a job went where it went. */
export interface Decision {
  readonly at: Date;
  readonly chosen?: string;
  readonly considered: readonly Candidate[];
  /** Ready nodes beyond the sample that was scored. */
  readonly notConsidered: number;
  /** Why no connected node could take it, busy or not. */
  readonly unfit?: readonly string[];
}

/** How a waiting job ranks; every one of them moves up with the time that it waits. */
export type Priority = 'low' | 'normal' | 'high';

/** What a node must have at least. */
export interface ResourceDemand {
  /** Thousandths of a processor. */
  readonly cpuMillis?: number;
  readonly memoryBytes?: number;
  /** Graphics processors. */
  readonly gpus?: number;
}

/** What a job asks of its node beside its service and parameters; nodes are named by id. */
export interface Demands {
  /** What its engine must be able to do. */
  readonly features?: readonly string[];
  /** Nodes that are tried first, in this order. */
  readonly order?: readonly string[];
  /** No other nodes than these. */
  readonly only?: readonly string[];
  readonly ignore?: readonly string[];
  /** What decides among those that fit, before all else. */
  readonly sort?: 'price' | 'throughput' | 'latency';
  readonly priority?: Priority;
  readonly resources?: ResourceDemand;
  /** Seconds that a node's turn may take; else the job's deadline alone ends it. */
  readonly turnSeconds?: number;
  /** Where its client wants to be told that it has ended. */
  readonly callbackUrl?: string;
  /** The offer by which one miner has it, for a price that is that of the whole job. */
  readonly offerId?: string;
  /** Whether its price is what its node asked for when it was taken in: what that node asks later does not count. */
  readonly agreed?: true;
  /** Whether its receipt has a signature of its own. */
  readonly signedAlone?: true;
  /** A stream that only its reader could fetch: it ends with the connection, and with the coordinator. */
  readonly attached?: true;
}

/**
 * A task of a client, from its hold to its end. Amounts are micro-credits. Fields that are not known yet are there as
 * undefined from the beginning: V8 copies a job of one shape in 60 ns, and takes 2-6 µs where a copy gets new fields.
 */
export interface Job {
  readonly id: string;
  readonly accountId: string;
  readonly keyId?: string | undefined;
  /** What its client calls it. */
  readonly name?: string | undefined;
  readonly service: string;
  readonly content: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly demands?: Demands | undefined;
  readonly state: JobState;
  readonly reason?: EndReason | undefined;
  /** Taken out of `available` when the job was accepted: its worst case. */
  readonly hold: bigint;
  readonly unitPrice: bigint;
  readonly cost: bigint;
  readonly units?: number | undefined;
  readonly result?: string | undefined;
  /** Whether its texts were removed, because the job ended long ago. */
  readonly textsRemoved?: true | undefined;
  readonly error?: string | undefined;
  /** What its node said of the work, as the receipt has it: model, tokens of prompt and answer, why it ended. */
  readonly facts?: Readonly<Record<string, string | number>> | undefined;
  /** The node of the newest attempt. */
  readonly nodeId?: string | undefined;
  /** The epoch of the newest attempt; 0 before the first. */
  readonly epoch: number;
  readonly attempts: readonly Attempt[];
  readonly decisions: readonly Decision[];
  readonly idempotencyKey?: string | undefined;
  /** SHA-256 in hex of the request that `idempotencyKey` stands for. */
  readonly requestHash?: string | undefined;
  readonly createdAt: Date;
  readonly startedAt?: Date | undefined;
  readonly endedAt?: Date | undefined;
  readonly deadlineAt: Date;
  /** Whole percent from the runner, while it runs. */
  readonly progressPercent?: number | undefined;
  /** The node's own figure. */
  readonly processingMs?: number | undefined;
  /** Leaf of the receipt in the log. */
  readonly receiptIndex?: number | undefined;
}

/** The columns of a job that rules look at. */
export type JobHead = Pick<
  Job,
  'id' | 'accountId' | 'keyId' | 'service' | 'state' | 'hold' | 'epoch' | 'nodeId' | 'createdAt'
>;

/** What rules look at of a job that did not exist before. */
export type NewJob = JobHead & Pick<Job, 'cost' | 'idempotencyKey' | 'startedAt' | 'endedAt'>;

/** What ending a job writes into it. */
export interface JobEnd extends Pick<
  Job,
  | 'state'
  | 'units'
  | 'result'
  | 'error'
  | 'facts'
  | 'nodeId'
  | 'epoch'
  | 'startedAt'
  | 'processingMs'
  | 'cost'
  | 'attempts'
  | 'decisions'
> {
  readonly reason: EndReason;
  readonly endedAt: Date;
}

/** Whether a job has ended. */
export function hasEnded(state: JobState): boolean {
  switch (state) {
    case 'queued':
    case 'running':
      return false;
    case 'completed':
    case 'failed':
    case 'cancelled':
    case 'timed_out':
      return true;
  }
}

/** A job's receipt is named after it. */
export function receiptIdOf(jobId: string): string {
  return `receipt_${jobId}`;
}
