/** What the network has told its clients, kept by the clients themselves. */

export type JobState = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled' | 'timed_out';

/** An account, and one of its keys. */
export interface Customer {
  readonly accountId: string;
  readonly key: string;
}

/** What a client was told of a job: an id at first, later how it ended and what it cost. */
export interface Told {
  readonly customer: Customer;
  readonly state?: JobState;
  readonly costMicro?: bigint;
}

export class Tally {
  readonly jobs = new Map<string, Told>();
  /** What clients saw that should not be. */
  readonly complaints: string[] = [];
  /** Jobs whose answer is not what was asked for: a lying node's, which nobody but the client can tell. */
  readonly wrongAnswers = new Set<string>();
  /** Streams that broke off: their client has to pay for what he got, and does not know how much that was. */
  brokenStreams = 0;

  /** An id was told, so the job must not be lost from now on. */
  acknowledged(jobId: string, customer: Customer): void {
    if (!this.jobs.has(jobId)) this.jobs.set(jobId, { customer });
  }

  ended(jobId: string, told: Required<Told>): void {
    const before = this.jobs.get(jobId);
    this.jobs.set(jobId, told);
    const isSame = before?.state === undefined || (before.state === told.state && before.costMicro === told.costMicro);
    if (isSame) return;
    this.complain(
      `job ${jobId} was ${before.state} for ${before.costMicro} µ, then ${told.state} for ${told.costMicro} µ`,
    );
  }

  complain(what: string): void {
    this.complaints.push(what);
  }
}
