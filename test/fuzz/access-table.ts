/** Who may call what: a row for each operation. One that is added without a row fails the test. */
import { randomBytes } from 'node:crypto';
import { randomUUID } from 'node:crypto';
import { tar } from '../../packages/runners/test/archives.ts';
import { type Access, GRANTED, type Things, TOLD } from './access-rules.ts';
import type { Operation } from './operations.ts';

const job = ({ jobId }: Things) => ({ path: { job_id: jobId } });
const delivery = ({ deliveryId }: Things) => ({ path: { delivery_id: deliveryId } });
const offer = ({ offerId }: Things) => ({ path: { offer_id: offerId } });
const service = () => ({ path: { service_id: 'echo' } });
const model = { model: 'm1' };
const echo = { content: 'access' };
const box = { containers: ['box'], data: { text: 'access' } };
/** Who has no key is its address; work is free. */
const guest = { needs: ['submit'], takesGuests: true, spends: 'nothing' } as const;

/** The number of no worker, participant or payout. */
const NONE = '999999999';

/** A wallet that nobody has. */
const newWallet = (): string => `0:${randomBytes(32).toString('hex')}`;

const SIGNED = {
  revision: 1,
  participant_ids: [1],
  from: 'a',
  seqno: 0,
  valid_until: '2025-01-15T10:30:00Z',
  boc: 'x',
  message_hash: 'ab'.repeat(32),
};

const WRONG_PROOF = {
  address: `0:${'0'.repeat(64)}`,
  proof: { timestamp: 1, domain: { lengthBytes: 1, value: 'x' }, payload: 'x', signature: 'x', state_init: 'x' },
};

/** By operation id. A scope is what the key must have; of two either is enough. */
export const ACCESS: Readonly<Record<string, Access>> = {
  // GemmaNet
  getStatus: { needs: 'nothing' },
  listNodes: { needs: 'nothing' },
  getReputation: { needs: 'nothing', ask: ({ nodeId }) => ({ path: { node_id: nodeId } }) },
  getLeaderboard: { needs: 'nothing' },
  register: { needs: 'nothing', ask: () => ({ body: {} }) },
  submitRequest: { needs: ['submit'], spends: true, ask: () => ({ body: { task_type: 'echo', ...echo } }) },
  getBalance: { needs: ['read'] },
  getHistory: { needs: ['read'] },
  rateTask: {
    needs: ['submit'],
    ask: ({ jobId }) => ({ body: { task_id: jobId, rating: 5 } }),
    ofOthers: { client: 404, operator: 404 },
  },
  // OpenAI
  listModels: { needs: 'key' },
  getModel: { needs: 'key', ask: () => ({ path: model }) },
  createChatCompletion: {
    needs: ['submit'],
    spends: true,
    ask: () => ({ body: { ...model, messages: [{ role: 'user', content: 'access' }] } }),
  },
  createCompletion: { needs: ['submit'], spends: true, ask: () => ({ body: { ...model, prompt: 'access' } }) },
  createEmbedding: { needs: ['submit'], spends: true, ask: () => ({ body: { model: 'embedding', input: 'access' } }) },
  // Plexus
  getInfo: { needs: 'nothing' },
  listServices: { needs: 'nothing' },
  listAllNodes: { needs: 'key' },
  drainNode: { needs: 'operator', ask: ({ victimId }) => ({ path: { node_id: victimId } }) },
  releaseNodeRewards: {
    needs: 'operator',
    ask: ({ victimId, accountId }) => ({ path: { node_id: victimId }, body: { account_id: accountId } }),
  },
  submitJob: {
    needs: ['submit'],
    spends: true,
    ask: () => ({ body: { service: 'echo', ...echo, wait_seconds: 10 } }),
  },
  listJobs: { needs: ['read'] },
  getJob: { needs: ['submit', 'read'], ask: job, ofOthers: { client: 404, operator: GRANTED } },
  explainJob: { needs: ['submit', 'read'], ask: job, ofOthers: { client: 404, operator: GRANTED } },
  // The job has ended, which only who may cancel it is told.
  cancelJob: { needs: ['submit'], ask: job, granted: 409, ofOthers: { client: 404, operator: 409 } },
  getReceipt: {
    needs: ['read'],
    ask: ({ receiptId }) => ({ path: { receipt_id: receiptId } }),
    ofOthers: { client: 404, operator: GRANTED },
  },
  getTreeHead: { needs: 'nothing' },
  getConsistency: { needs: 'nothing', ask: ({ treeSize }) => ({ query: { first: treeSize } }) },
  createKey: { needs: ['keys'], isBarredToLimited: true, ask: () => ({ body: { label: 'access', scopes: [] } }) },
  listKeys: { needs: ['keys'] },
  revokeKey: {
    needs: ['keys'],
    isBarredToLimited: true,
    ask: async (things) => ({ path: { key_id: await things.makeKey() } }),
    ofOthers: { client: 404, operator: GRANTED },
  },
  grant: { needs: 'operator', ask: ({ accountId }) => ({ body: { account_id: accountId, credits: '1' } }) },
  getWallet: { needs: ['read'] },
  getCaller: { needs: 'key' },
  listEntries: { needs: ['read'] },
  // AITBC
  createJob: { needs: ['submit'], spends: true, ask: () => ({ body: { type: 'echo', input: { text: 'access' } } }) },
  aitbc_listJobs: { needs: ['read'] },
  aitbc_getJob: { needs: ['submit', 'read'], ask: job, ofOthers: { client: 404, operator: GRANTED } },
  aitbc_cancelJob: { needs: ['submit'], ask: job, granted: 409, ofOthers: { client: 404, operator: 409 } },
  getJobResults: { needs: ['submit', 'read'], ask: job, ofOthers: { client: 404, operator: GRANTED } },
  aitbc_getReceipt: { needs: ['read'], ask: job, ofOthers: { client: 404, operator: GRANTED } },
  verifyReceipt: { needs: 'nothing', ask: ({ receiptId }) => ({ body: { receipt_id: receiptId } }) },
  transcribe: { needs: ['submit'], spends: true, ask: () => ({ body: { audio_url: 'http://localhost/a.wav' } }) },
  generateImages: { needs: ['submit'], spends: true, ask: () => ({ body: { prompt: 'access' } }) },
  runInference: { needs: ['submit'], spends: true, ask: () => ({ body: { prompt: 'access' } }) },
  transcode: { needs: ['submit'], spends: true, ask: () => ({ body: { input_url: 'http://localhost/a.mkv' } }) },
  render: { needs: ['submit'], spends: true, ask: () => ({ body: { blend_file_url: 'http://localhost/a.blend' } }) },
  listRegistryServices: { needs: 'nothing' },
  getService: { needs: 'nothing', ask: service },
  getServiceSchema: { needs: 'nothing', ask: service },
  getServiceRequirements: { needs: 'nothing', ask: service },
  validateServiceRequest: {
    needs: 'nothing',
    ask: () => ({ body: { service_id: 'echo', request_data: { text: 'access' } } }),
  },
  createOffer: { needs: ['submit', 'node'], ask: () => ({ body: { job_type: 'access', price: '1' } }) },
  listOffers: { needs: 'nothing' },
  getOffer: { needs: 'nothing', ask: offer },
  withdrawOffer: {
    needs: ['submit', 'node'],
    ask: async (things) => ({ path: { offer_id: await things.makeOffer() } }),
    ofOthers: { client: 404, operator: GRANTED },
  },
  // The job has ended, which only who may give it away is told.
  acceptOffer: {
    needs: ['submit'],
    ask: (things) => ({ ...offer(things), body: { job_id: things.jobId } }),
    granted: 409,
    ofOthers: { client: 404, operator: 404 },
  },
  getTransaction: {
    needs: ['submit', 'read'],
    ask: ({ transactionId }) => ({ path: { transaction_id: transactionId } }),
    ofOthers: { client: 404, operator: GRANTED },
  },
  registerMiner: { needs: ['submit', 'node'], ask: () => ({ body: { capabilities: ['container'] } }) },
  heartbeatMiner: { needs: ['submit', 'node'], ask: () => ({ body: {} }) },
  pollMiner: { needs: ['submit', 'node'], ask: () => ({ body: { max_wait_seconds: 0 } }) },
  // No miner has the job.
  submitResult: { needs: ['submit', 'node'], ask: (things) => ({ ...job(things), body: { result: 1 } }), granted: 404 },
  failJob: {
    needs: ['submit', 'node'],
    ask: (things) => ({ ...job(things), body: { error_code: 'x' } }),
    granted: 404,
  },
  getMarketplaceStats: { needs: 'nothing' },
  getMinerStats: { needs: 'nothing', ask: ({ nodeId }) => ({ path: { miner_id: nodeId } }) },
  getHealth: { needs: 'nothing' },
  // NeuroShard
  generateText: { needs: ['submit'], spends: true, ask: () => ({ body: { prompt: 'access' } }) },
  getWalletBalance: { needs: ['read'] },
  getWalletTransactions: { needs: ['read'] },
  sendNeuro: {
    needs: ['wallet'],
    spends: true,
    ask: () => ({ body: { to: `0x${'a'.repeat(40)}`, amount: 0.000001 } }),
  },
  stakeNeuro: { needs: ['wallet'], spends: true, ask: () => ({ body: { amount: 0.000001, duration_days: 1 } }) },
  // The stake is locked, or there is none, which only who may take it out is told.
  unstakeNeuro: { needs: ['wallet'], ask: () => ({ body: { amount: 0.000001 } }), granted: 400 },
  getShardNetwork: { needs: 'nothing' },
  listProofs: { needs: 'key', ask: ({ nodeId }) => ({ query: { node_id: nodeId } }) },
  getNodeRewards: { needs: 'nothing', ask: ({ nodeId }) => ({ query: { node_id: nodeId } }) },
  getGlobalTraining: { needs: 'nothing' },
  verifyTraining: { needs: 'nothing' },
  getTrainingHistory: { needs: 'nothing' },
  getNodeStatus: { needs: 'nothing' },
  getNodeMetrics: { needs: 'nothing' },
  getNodeWellbeing: { needs: 'nothing', granted: TOLD },
  listPeers: { needs: 'key' },
  listLayers: { needs: 'key' },
  getConfig: { needs: 'key' },
  changeConfig: { needs: 'operator', ask: () => ({ body: { training: { batch_size: 8 } } }) },
  // Callbacks
  listWebhooks: { needs: ['read'] },
  getWebhook: { needs: ['read'], ask: delivery, ofOthers: { client: 404, operator: GRANTED } },
  replayWebhook: { needs: ['submit'], ask: delivery, ofOthers: { client: 404, operator: GRANTED } },
  getWebhookSecret: { needs: ['keys'], isBarredToLimited: true },
  rotateWebhookSecret: { needs: ['keys'], isBarredToLimited: true },
  // Payout plans
  planPayouts: {
    needs: 'operator',
    ask: () => ({ body: { period_start: '2025-01-08T00:00:00Z', period_end: '2025-01-08T00:30:00Z' } }),
    granted: 422,
  },
  listPayoutPlans: { needs: 'operator' },
  getPayoutPlan: { needs: 'operator', ask: () => ({ path: { plan_id: NONE } }), granted: 404 },
  cancelPayoutPlan: {
    needs: 'operator',
    ask: () => ({ path: { plan_id: NONE }, body: { revision: 1 } }),
    granted: 404,
  },
  signPayout: {
    needs: 'operator',
    ask: () => ({ path: { plan_id: NONE }, body: SIGNED }),
    granted: 404,
  },
  settlePayout: {
    needs: 'operator',
    ask: () => ({ path: { plan_id: NONE, message_hash: 'ab'.repeat(32) }, body: { revision: 1, state: 'expired' } }),
    granted: 404,
  },
  // Cocoon: what is asked for by its number is nobody's, which only an operator is told.
  getLoginPayload: { needs: 'nothing' },
  loginWithWallet: { needs: 'nothing', ask: () => ({ body: WRONG_PROOF }), granted: 422 },
  listWorkers: { needs: ['read'] },
  getWorker: { needs: 'operator', ask: () => ({ path: { worker_id: NONE } }), granted: 404 },
  createWorker: {
    needs: 'operator',
    ask: () => ({ body: { participant_id: Number(NONE), worker_name: 'access', instance_number: 0 } }),
    granted: 404,
  },
  updateWorker: { needs: 'operator', ask: () => ({ path: { worker_id: NONE }, body: {} }), granted: 404 },
  getWorkerMetrics: { needs: 'operator', ask: () => ({ path: { worker_id: NONE } }), granted: 404 },
  getWorkerStats: { needs: 'operator', ask: () => ({ path: { worker_id: NONE } }), granted: 404 },
  listParticipants: { needs: ['read'] },
  getParticipant: { needs: 'operator', ask: () => ({ path: { participant_id: NONE } }), granted: 404 },
  createParticipant: { needs: 'operator', ask: () => ({ body: { ton_wallet_address: newWallet() } }) },
  getParticipantByWallet: { needs: 'operator', ask: () => ({ path: { wallet_address: newWallet() } }), granted: 404 },
  listPayouts: { needs: ['read'] },
  getPayout: { needs: 'operator', ask: () => ({ path: { payout_id: NONE } }), granted: 404 },
  createPayout: {
    needs: 'operator',
    ask: () => ({
      body: {
        participant_id: Number(NONE),
        transaction_hash: 'access',
        amount_ton: 1,
        from_address: 'a',
        to_address: 'b',
        transaction_time: '2025-01-15T10:30:00Z',
      },
    }),
    granted: 404,
  },
  getPayoutSummary: { needs: 'operator', ask: () => ({ path: { participant_id: NONE } }), granted: 404 },
  exportTaxReport: { needs: ['read'] },
  // Infernet, at nodes
  getNodeInfo: { needs: 'nothing' },
  getNodeHealth: { needs: 'nothing' },
  getContainerResources: { needs: 'nothing' },
  createContainerJob: { ...guest, ask: () => ({ body: box }) },
  createContainerJobs: { ...guest, ask: () => ({ body: [box, 1] }) },
  streamContainerJob: { ...guest, ask: () => ({ body: box }) },
  getContainerJobs: { needs: ['read'], takesGuests: true },
  watchContainerJob: {
    needs: ['submit', 'read'],
    takesGuests: true,
    ask: ({ containerJobId }) => ({ path: { job_id: containerJobId } }),
    // Whoever has no key is somebody else.
    guest: 404,
    ofOthers: { client: 404, operator: 404 },
  },
  setJobStatus: {
    needs: ['submit'],
    takesGuests: true,
    ask: () => ({ body: { id: randomUUID(), status: 'success', containers: ['box'] } }),
  },
  // Files
  uploadBundle: { needs: ['submit'], ask: () => ({ body: tar([{ name: 'main.py' }]) }) },
};

/** What the table says of one operation of one listener. */
export interface AccessRow {
  readonly name: string;
  readonly operation: Operation;
  readonly access: Access;
}

export function accessRows(operations: readonly Operation[]): readonly AccessRow[] {
  return operations.flatMap((operation) => {
    const access = ACCESS[operation.id];
    return access ? [{ name: `${operation.listener}: ${operation.id}`, operation, access }] : [];
  });
}
