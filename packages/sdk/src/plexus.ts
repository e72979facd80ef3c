import {
  gemmanetEndpoints,
  type JobView,
  openAiEndpoints,
  payoutPlanEndpoints,
  plexusEndpoints,
  type Receipt,
  type ReceiptCrypto,
  type VerifyOptions,
  type VerifyReport,
} from '@plexus/protocol';
import { type CallOptions, type Client, type ClientOptions, createClient, LONG_TIMEOUT_MS } from './client.ts';
import { pause } from './retry.ts';
import { followJob, type FollowOptions, type RunOptions, runJob } from './run-job.ts';
import { createStreams, type Streams } from './streams.ts';
import { verifyReceipt } from './verify-receipt.ts';

/** A tree head that covers a new receipt is signed about once a second. */
const INCLUSION_POLL_MS = 250;
const INCLUSION_POLLS = 20;

/** How to reach a network, and with which crypto to check its receipts: Node's unless given. */
export interface PlexusOptions extends ClientOptions {
  readonly crypto?: ReceiptCrypto;
}

/** How to get a receipt. */
export interface ReceiptOptions extends CallOptions {
  /** Size of a tree head that the caller kept: the receipt then carries the proof that its log continues that one. */
  readonly knownSize?: number | undefined;
}

/**
 * A network: its HTTP dialects that have a client here, and what takes several calls.
 *
 * With `{ respondAsync: true }` a call of `openai` answers with the job that was accepted; `follow` waits for that.
 */
export interface Plexus extends Streams {
  /** GemmaNet's API, `/api/v1`. */
  readonly gemmanet: Client<typeof gemmanetEndpoints>;
  /** OpenAI's API, `/v1`, each answer whole; `chat` and `completions` stream. */
  readonly openai: Client<typeof openAiEndpoints>;
  /** Plexus's own API, `/plexus/v1`. */
  readonly network: Client<typeof plexusEndpoints>;
  /** Plans of payouts in TON, for operators. */
  readonly payoutPlans: Client<typeof payoutPlanEndpoints>;
  /** Submits a job and follows it to its end, good or bad; when the signal aborts, the job is cancelled. */
  run(service: string, content: string, options?: RunOptions): Promise<JobView>;
  /** Waits for the end, good or bad, of a job that was submitted; the signal ends the waiting, not the job. */
  follow(jobId: string, options?: FollowOptions): Promise<JobView>;
  /**
   * A receipt by its own id or its job's, with its place in the log: waits up to 5 seconds for that.
   *
   * @throws {RangeError} when the job has no receipt
   * @throws {ApiError} TREE_HEAD_NOT_FOUND when the log has signed no head of the known size
   */
  receipt(id: string, options?: ReceiptOptions): Promise<Receipt>;
  /** Checks a receipt offline; it proves what was claimed and billed, not that the result is right. */
  verifyReceipt(receipt: unknown, options?: VerifyOptions): Promise<VerifyReport>;
}

/** Joins the clients of a coordinator. */
export function createPlexus(options: PlexusOptions): Plexus {
  const network = createClient(plexusEndpoints, options);
  const { timeoutMs, wait = pause } = options;
  const deps = { network, wait, timeoutMs };
  return {
    gemmanet: createClient(gemmanetEndpoints, options),
    openai: createClient(openAiEndpoints, { timeoutMs: LONG_TIMEOUT_MS, ...options }),
    network,
    payoutPlans: createClient(payoutPlanEndpoints, options),
    ...createStreams(network, options),
    run: (service, content, runOptions = {}) => runJob(deps, service, content, runOptions),
    async follow(jobId, followOptions = {}) {
      const job = await network.getJob({ params: { job_id: jobId } }, { signal: followOptions.signal });
      return await followJob(deps, job, followOptions);
    },
    async receipt(id, { knownSize, ...callOptions } = {}) {
      // The log of a new network is empty, and nobody need prove that another continues it.
      const query = knownSize ? { known_size: knownSize } : {};
      const receiptId = await receiptIdFor(network, id, callOptions);
      for (let polls = 0; ; polls++) {
        const receipt = await network.getReceipt({ params: { receipt_id: receiptId }, query }, callOptions);
        if (receipt.inclusion || polls === INCLUSION_POLLS) return receipt;
        await wait(INCLUSION_POLL_MS, callOptions.signal);
      }
    },
    verifyReceipt: (receipt, verifyOptions = {}) =>
      verifyReceipt(receipt, { ...verifyOptions, ...(options.crypto && { crypto: options.crypto }) }),
  };
}

async function receiptIdFor(
  network: Client<typeof plexusEndpoints>,
  id: string,
  options: CallOptions,
): Promise<string> {
  if (id.startsWith('receipt_')) return id;
  const job = await network.getJob({ params: { job_id: id } }, options);
  if (job.receipt_id !== null) return job.receipt_id;
  throw new RangeError(`Job ${id} has no receipt: it is ${job.state}, and only completed work has one`);
}
