import { type aitbcEndpoints, type Input, type Output, type Receipt, ReceiptSchema } from '@plexus/protocol';
import type { CallOptions, ClientOptions } from '@plexus/sdk';
import { type Call, createCall } from './calls.ts';
import { type Camel, type Either, toSnake } from './names.ts';
import { type WaitOptions, whenReady } from './results.ts';

type Endpoints = typeof aitbcEndpoints;
type Name = keyof Endpoints;
type Answer<K extends Name> = Promise<Camel<Output<Endpoints[K]>>>;
type Task = Camel<Output<Endpoints['pollMiner']>>;
type ShownReceipt = Either<Partial<Receipt>>;
type Body<K extends Name> = Either<Input<Endpoints[K]>['body']>;

/** Where `plexus up` serves a network. */
const LOCAL_URL = 'http://127.0.0.1:8800';

/** How to reach a coordinator. */
export interface AITBCClientOptions extends Omit<ClientOptions, 'baseUrl'> {
  readonly apiKey: string;
  /** By default the environment's AITBC_BASE_URL, else a coordinator on this machine. */
  readonly baseUrl?: string;
}

/** AITBC's API. Answers have their fields in `camelCase`, requests may have them in either form. Throws `ApiError` and `ConnectionError`. */
export class AITBCClient {
  readonly jobs: ReturnType<typeof jobCalls>;
  readonly receipts: ReturnType<typeof receiptCalls>;
  readonly services: ReturnType<typeof serviceCalls>;
  readonly registry: ReturnType<typeof registryCalls>;
  readonly marketplace: ReturnType<typeof marketplaceCalls>;
  readonly miners: ReturnType<typeof minerCalls>;
  private readonly call: Call;

  constructor({ baseUrl = configuredUrl(), ...options }: AITBCClientOptions) {
    this.call = createCall({ baseUrl, ...options });
    this.jobs = jobCalls(this.call);
    this.receipts = receiptCalls(this.call);
    this.services = serviceCalls(this.call);
    this.registry = registryCalls(this.call);
    this.marketplace = marketplaceCalls(this.call);
    this.miners = minerCalls(this.call);
  }

  /** Whether the coordinator can do its work. */
  health(options?: CallOptions): Answer<'getHealth'> {
    return this.call('getHealth', {}, options);
  }
}

function configuredUrl(): string {
  // Browsers have no environment.
  const { process: host } = globalThis as { readonly process?: { readonly env?: Readonly<Record<string, string>> } };
  return host?.env?.['AITBC_BASE_URL'] || LOCAL_URL;
}

function jobCalls(call: Call) {
  const byId = (jobId: string) => ({ params: { job_id: jobId } });
  return {
    /** Creates a job; it is not created twice by a call that is tried again. */
    create: (job: Body<'createJob'>, options?: CallOptions): Answer<'createJob'> =>
      call('createJob', { body: job }, options),
    get: (jobId: string, options?: CallOptions): Answer<'getJob'> => call('getJob', byId(jobId), options),
    /** Newest first. */
    list: (query: Input<Endpoints['listJobs']>['query'] = {}, options?: CallOptions): Answer<'listJobs'> =>
      call('listJobs', { query }, options),
    cancel: (jobId: string, options?: CallOptions): Answer<'cancelJob'> => call('cancelJob', byId(jobId), options),
    /** Waits for the job's end; one that ended without results is a CONFLICT_STATE that says why. */
    getResults: (jobId: string, options: WaitOptions = {}): Answer<'getJobResults'> =>
      whenReady(() => call('getJobResults', byId(jobId), options), options),
  };
}

function receiptCalls(call: Call) {
  return {
    get: (jobId: string, options?: CallOptions): Answer<'getReceipt'> =>
      call('getReceipt', { params: { job_id: jobId } }, options),
    /** Has the coordinator check a receipt, bare or as `{receipt}`, in either form; its id and signature are enough. */
    verify: (
      shown: ShownReceipt | { readonly receipt: ShownReceipt },
      options?: CallOptions,
    ): Answer<'verifyReceipt'> =>
      call('verifyReceipt', { body: toSnake(ReceiptSchema, 'receipt' in shown ? shown.receipt : shown) }, options),
  };
}

function serviceCalls(call: Call) {
  const service =
    <K extends Name>(name: K) =>
    (request: Body<K>, options?: CallOptions): Answer<K> =>
      call(name, { body: request }, options);
  return {
    whisper: { transcribe: service('transcribe') },
    stableDiffusion: { generate: service('generateImages') },
    llm: { inference: service('runInference') },
    ffmpeg: { transcode: service('transcode') },
    blender: { render: service('render') },
  };
}

function registryCalls(call: Call) {
  const byId = (serviceId: string) => ({ params: { service_id: serviceId } });
  return {
    list: (
      query: Input<Endpoints['listRegistryServices']>['query'] = {},
      options?: CallOptions,
    ): Answer<'listRegistryServices'> => call('listRegistryServices', { query }, options),
    get: (serviceId: string, options?: CallOptions): Answer<'getService'> =>
      call('getService', byId(serviceId), options),
    schema: (serviceId: string, options?: CallOptions): Answer<'getServiceSchema'> =>
      call('getServiceSchema', byId(serviceId), options),
    requirements: (serviceId: string, options?: CallOptions): Answer<'getServiceRequirements'> =>
      call('getServiceRequirements', byId(serviceId), options),
    validate: (
      serviceId: string,
      requestData: Record<string, unknown>,
      options?: CallOptions,
    ): Answer<'validateServiceRequest'> =>
      call('validateServiceRequest', { body: { service_id: serviceId, request_data: requestData } }, options),
  };
}

function marketplaceCalls(call: Call) {
  const byId = (offerId: string) => ({ params: { offer_id: offerId } });
  return {
    stats: (options?: CallOptions): Answer<'getMarketplaceStats'> => call('getMarketplaceStats', {}, options),
    createOffer: (offer: Body<'createOffer'>, options?: CallOptions): Answer<'createOffer'> =>
      call('createOffer', { body: offer }, options),
    /** The cheapest first. */
    listOffers: (
      query: Either<Input<Endpoints['listOffers']>['query']> = {},
      options?: CallOptions,
    ): Answer<'listOffers'> => call('listOffers', { query }, options),
    getOffer: (offerId: string, options?: CallOptions): Answer<'getOffer'> => call('getOffer', byId(offerId), options),
    withdrawOffer: (offerId: string, options?: CallOptions): Answer<'withdrawOffer'> =>
      call('withdrawOffer', byId(offerId), options),
    /** Gives a submitted job of yours to an offer. */
    acceptOffer: (offerId: string, bid: Body<'acceptOffer'>, options?: CallOptions): Answer<'acceptOffer'> =>
      call('acceptOffer', { ...byId(offerId), body: bid }, options),
    getTransaction: (transactionId: string, options?: CallOptions): Answer<'getTransaction'> =>
      call('getTransaction', { params: { transaction_id: transactionId } }, options),
  };
}

function minerCalls(call: Call) {
  const byJob = (jobId: string) => ({ params: { job_id: jobId } });
  return {
    /** Joins as a miner that polls; the key stands for it. */
    register: (miner: Body<'registerMiner'>, options?: CallOptions): Answer<'registerMiner'> =>
      call('registerMiner', { body: miner }, options),
    heartbeat: (news: Body<'heartbeatMiner'> = {}, options?: CallOptions): Answer<'heartbeatMiner'> =>
      call('heartbeatMiner', { body: news }, options),
    /** Waits for a job; undefined when none came in that time. */
    poll: async (wait: Body<'pollMiner'> = {}, options?: CallOptions): Promise<Task | undefined> =>
      await call('pollMiner', { body: wait }, options),
    result: (jobId: string, result: Body<'submitResult'>, options?: CallOptions): Answer<'submitResult'> =>
      call('submitResult', { ...byJob(jobId), body: result }, options),
    fail: (jobId: string, failure: Body<'failJob'>, options?: CallOptions): Answer<'failJob'> =>
      call('failJob', { ...byJob(jobId), body: failure }, options),
    stats: (minerId: string, options?: CallOptions): Answer<'getMinerStats'> =>
      call('getMinerStats', { params: { miner_id: minerId } }, options),
  };
}
