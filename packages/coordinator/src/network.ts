import {
  type AcceptOffer,
  type Account,
  type AccountService,
  type ArtifactStore,
  type Books,
  containerTallies,
  createAcceptOffer,
  createAccountService,
  createAuthenticator,
  createCreditView,
  createDeliveryReceipt,
  createDispatcher,
  createEventBus,
  createEventFeed,
  createGuests,
  createJobIntake,
  createJobKeeper,
  createJobService,
  createKeyService,
  createLeaseDesk,
  createMarketplace,
  createMinerChoice,
  createMinerService,
  createNodeAdmission,
  createNodeDirectory,
  createNodeEarnings,
  createNodeGate,
  createNodePasses,
  createNodeRegistry,
  createProgressNotes,
  createReceiptLog,
  createReceiptService,
  createScheduler,
  createSender,
  createSettlement,
  createStatistics,
  createTrainingBook,
  createTurns,
  createUptimeDesk,
  createWalletService,
  createWorkJudge,
  type EventBus,
  type EventFeed,
  type Guests,
  type JobKeeper,
  type KeyService,
  type LeaseDesk,
  LiveJobs,
  type Marketplace,
  type MinerService,
  type NodeAdmission,
  type NodeDirectory,
  type NodeEarnings,
  type NodeGate,
  type NodePasses,
  type NodeRegistry,
  pendingIn,
  ReadyIndex,
  type ReceiptLog,
  type ReceiptService,
  type RunningJobService,
  startOfferKeeper,
  type Statistics,
  type Timers,
  type TrainingBook,
  type UptimeDesk,
  type WalletService,
  WaitingLine,
} from '@plexus/core';
import type { Egress } from '@plexus/egress';
import { creditsToMicro, createSignatureVerifier, type ReceiptCrypto } from '@plexus/protocol';
import { type ArtifactServices, createArtifactServices } from './artifacts/artifact-services.ts';
import { createParamsCheck } from './check-params.ts';
import { createUrlCheck } from './check-url.ts';
import { HEARTBEAT_LIMIT_MS } from './hub/node-hub.ts';
import { newId } from './ids.ts';
import type { Credentials } from './keys/credentials.ts';
import { createWalletTokens, withWalletTokens } from './fleet/wallet-tokens.ts';
import { hashText } from './keys/receipt-crypto.ts';
import { type CoordinatorOptions, isLocal, registerGrantOf, uptimeRewardOf } from './options.ts';

/** The network's own accounts: this replica's mint and fees. */
export const MINT_ID = 'mint-1';
export const FEES_ID = 'fees-1';

/** The domain, joined: what dialects and the node hub are given. */
export interface Network {
  readonly books: Books;
  readonly events: EventBus;
  readonly feed: EventFeed;
  readonly authenticator: NodeGate;
  readonly accounts: AccountService;
  readonly keys: KeyService;
  readonly guests: Guests;
  readonly wallet: WalletService;
  /** Told of accounts that changed outside of jobs, so that cached balances are right. */
  readonly onAccounts: (accounts: readonly Account[]) => void;
  readonly jobs: RunningJobService;
  readonly keeper: JobKeeper;
  readonly desk: LeaseDesk;
  readonly live: LiveJobs;
  readonly line: WaitingLine;
  readonly registry: NodeRegistry;
  readonly nodes: NodeDirectory;
  readonly admission: NodeAdmission;
  readonly passes: NodePasses;
  readonly earnings: NodeEarnings;
  readonly training: TrainingBook;
  readonly uptime: UptimeDesk;
  readonly marketplace: Marketplace;
  readonly miners: MinerService;
  readonly log: ReceiptLog;
  readonly receipts: ReceiptService;
  readonly files: ArtifactServices;
  readonly statistics: Statistics;
  /** Ends what goes on by itself, and the waits of miners that poll. */
  stop(): Promise<void>;
}

export interface NetworkDeps {
  readonly books: Books;
  readonly artifacts: ArtifactStore;
  readonly crypto: ReceiptCrypto;
  readonly credentials: Credentials;
  /** Of the receipt log. */
  readonly logId: string;
  readonly options: CoordinatorOptions;
  readonly egress: Pick<Egress, 'check'>;
}

/** Jobs of one key that may run or wait at once, where the operator says nothing else. */
const MAX_JOBS_PER_KEY = 2000;
/** The same of all keys of one account; more where one key may have more. */
const MAX_JOBS_PER_ACCOUNT = 4000;

const clock = () => new Date();

/** Time as it passes. */
export const timers: Timers = {
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** Joins core's services over one set of books. */
export function createNetwork(deps: NetworkDeps): Network {
  const { books, artifacts, crypto, credentials, logId, options, egress } = deps;
  const { signer, newSecret } = credentials;
  const events = createEventBus();
  const credits = createCreditView(books);
  const onAccounts = (accounts: readonly Account[]) => credits.update(accounts);
  const issuer = { clock, newId, hashText, newSecret };
  const registerGrant = creditsToMicro(registerGrantOf(options));
  const accounts = createAccountService({ books, issuer, mintId: MINT_ID, registerGrant, onAccounts });
  const log = createReceiptLog({ books, crypto, signer, logId, clock });
  const registry = createNodeRegistry({ reader: books.read, index: new ReadyIndex(), events, clock });
  const passes = createNodePasses({ registry, crypto, coordinatorKey: signer.publicKey, clock });
  const authenticator = createGate({ books, passes, registry, options, credentials });
  const membership = { books, clock, newId, mintId: MINT_ID, registerGrant, onAccounts };
  const work = createWork({ books, artifacts, credits, registry, events, crypto, signer, options, egress });
  const admission = createNodeAdmission({ ...membership, isLoopback: isLocal(options) });
  const miners = createMiners({ books, registry, admission, options, credentials, ...work });
  const onError = (error: unknown) => options.logger.error({ err: error }, 'the feed cannot be read');
  return {
    ...work,
    marketplace: createMarket({ books, registry, admission, options }, work.acceptOffer),
    miners,
    books,
    events,
    feed: createEventFeed({ reader: books.read, timers, onError }),
    authenticator,
    accounts,
    keys: createKeyService({ books, authenticator, issuer }),
    guests: createGuests({ books, issuer, mintId: MINT_ID, onAccounts }),
    wallet: createWalletService({ books, credits, feesId: FEES_ID, clock, newId, hashText, onAccounts }),
    onAccounts,
    registry,
    log,
    nodes: createNodeDirectory({ books, registry, clock, onAccounts }),
    passes,
    admission,
    ...createProofParts({ ...deps, registry, live: work.live, onAccounts }),
    receipts: createReceiptService({ books, log, crypto, signer }),
    statistics: createStatistics({ reader: books.read, registry }),
    ...startUpkeep({ books, events, miners }),
  };
}

/** What goes on by itself. */
function startUpkeep({ books, events, miners }: Pick<Network, 'books' | 'events' | 'miners'>): Pick<Network, 'stop'> {
  const progress = createProgressNotes({ books, events, timers, clock });
  const offers = startOfferKeeper({ books, timers, clock });
  return {
    async stop() {
      miners.close();
      progress.stop();
      await offers.stop();
    },
  };
}

type GateParts = Pick<Network, 'books' | 'passes' | 'registry'> & Pick<NetworkDeps, 'options' | 'credentials'>;

function createGate({ books, passes, registry, options, credentials }: GateParts): NodeGate {
  const byKey = createAuthenticator({ reader: books.read, hashText, clock });
  const authenticator = withWalletTokens(byKey, createWalletTokens(credentials.tokenSecret), clock);
  return createNodeGate({ authenticator, passes, registry, reader: books.read, isLocal: isLocal(options) });
}

type ProofParts = NetworkDeps & Pick<Network, 'registry' | 'live' | 'onAccounts'>;

/** What nodes have proven, and are paid for it. */
function createProofParts(parts: ProofParts): Pick<Network, 'earnings' | 'training' | 'uptime'> {
  const { books, crypto, credentials, options, registry, live, onAccounts } = parts;
  const { feeBasisPoints = 0 } = options;
  const pay = { hourReward: uptimeRewardOf(options), mintId: MINT_ID, onAccounts };
  return {
    earnings: createNodeEarnings({ read: books.read, registry, live, clock, feeBasisPoints }),
    training: createTrainingBook(books, clock),
    uptime: createUptimeDesk({
      books,
      crypto,
      coordinatorKey: credentials.signer.publicKey,
      hashText,
      now: () => performance.now(),
      clock,
      ...pay,
    }),
  };
}

type MarketParts = Pick<Network, 'books' | 'registry' | 'admission'> & Pick<NetworkDeps, 'options'>;

function createMarket({ books, registry, admission, options }: MarketParts, accept: AcceptOffer): Marketplace {
  const local = isLocal(options);
  const chooseMiner = createMinerChoice({ reader: books.read, registry, admission, isLoopback: local });
  return createMarketplace({ books, registry, clock, newId, chooseMiner, accept, isLoopback: local });
}

type MinerParts = MarketParts & Pick<Network, 'desk' | 'live'> & Pick<NetworkDeps, 'credentials'>;

function createMiners({ books, registry, admission, options, credentials, desk, live }: MinerParts): MinerService {
  return createMinerService({
    reader: books.read,
    admission,
    registry,
    desk,
    live,
    timers,
    clock,
    now: () => performance.now(),
    newToken: () => credentials.newSecret().replace(/^gn_/, 'session_'),
    silenceMs: HEARTBEAT_LIMIT_MS,
    isLoopback: isLocal(options),
  });
}

type WorkParts = Pick<Network, 'books' | 'registry' | 'events'> &
  Pick<NetworkDeps, 'artifacts' | 'crypto' | 'options' | 'egress'> &
  Pick<Credentials, 'signer'> & { readonly credits: ReturnType<typeof createCreditView> };

interface Work extends Pick<Network, 'jobs' | 'keeper' | 'desk' | 'live' | 'line' | 'files'> {
  readonly acceptOffer: AcceptOffer;
}

/** The path of a task: from the waiting line to its settlement. */
function createWork(parts: WorkParts): Work {
  const { books, artifacts: store, credits, registry, events, crypto, signer, options, egress } = parts;
  const { maxJobsPerKey = MAX_JOBS_PER_KEY, maxOpenJobs, maxWaiting } = options;
  const live = new LiveJobs(maxOpenJobs === undefined ? {} : { maxJobs: maxOpenJobs }, containerTallies);
  const files = createArtifactServices({ store, live, crypto, signer, clock, keepDays: options.artifacts?.keepDays });
  const line = new WaitingLine(maxWaiting === undefined ? {} : { maxWaiting });
  const scheduler = createScheduler({ index: registry.index, clock, random: Math.random, pendingFor: pendingIn(live) });
  const common = { books, credits, registry, scheduler, events, timers, clock, live, line };
  const attestDelivery = createDeliveryReceipt({ crypto, signer, clock });
  const fees = { feesId: FEES_ID, feeBasisPoints: options.feeBasisPoints ?? 0 };
  const settlement = createSettlement({ ...common, ...fees, attestDelivery });
  const sender = createSender({ settlement, timers, clock });
  const dispatcher = createDispatcher({ ...common, sender });
  const judge = createWorkJudge({ crypto, signer, clock, verifySignature: createSignatureVerifier(crypto) });
  const turns = createTurns({ ...common, dispatcher, settlement, judge });
  const desk = createLeaseDesk({ ...common, dispatcher, turns });
  const keeper = createJobKeeper({ ...common, desk, settlement });
  const checks = { checkParams: createParamsCheck(), checkUrl: createUrlCheck(egress) };
  const bounds = { maxJobsPerKey, maxJobsPerAccount: Math.max(MAX_JOBS_PER_ACCOUNT, maxJobsPerKey) };
  const taking = { dispatcher, settlement, keeper, bundles: files.bundles, newId, ...checks, ...bounds };
  const intake = createJobIntake({ ...common, ...taking });
  const jobs = createJobService({ ...common, intake, keeper, turns });
  return {
    jobs,
    keeper,
    desk,
    live,
    line,
    files,
    acceptOffer: createAcceptOffer({ ...common, dispatcher, settlement }),
  };
}
