import { timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { type AitbcDeps, createHostGuard } from '@plexus/api';
import { type Books, startCooldownKeeper } from '@plexus/core';
import { createEgress, type Egress } from '@plexus/egress';
import { PLEXUS_VERSION } from '@plexus/protocol';
import { keepArtifacts } from './artifacts/artifact-services.ts';
import { openFileArtifacts } from './artifacts/file-artifact-store.ts';
import { requireFinishedRestore } from './backup/home-files.ts';
import { servingOf, startFleet } from './fleet/fleet.ts';
import { createWalletTokens } from './fleet/wallet-tokens.ts';
import { foundNetwork } from './found-network.ts';
import { infernetDeps } from './infernet-deps.ts';
import { addArtifactGauges } from './http/artifact-gauges.ts';
import { addGauges } from './http/gauges.ts';
import { createMetrics, type Metrics } from './http/metrics.ts';
import { createHttpServer, type HttpServer, type HttpServerDeps } from './http/server.ts';
import { type Credentials, loadCredentials, requireCredentials } from './keys/credentials.ts';
import { createReceiptCrypto } from './keys/receipt-crypto.ts';
import { type OpenedLog, openLog } from './log/open-log.ts';
import { startSequencer } from './log/sequencer.ts';
import { createNetwork, MINT_ID, type Network, timers } from './network.ts';
import { openBooks, type OpenedBooks } from './open-books.ts';
import { type CoordinatorOptions, isLocal, registerGrantOf, type RunningCoordinator } from './options.ts';
import { createParts, type Parts } from './parts.ts';
import { requireRetention, startRetention } from './retention.ts';
import { createSockets } from './sockets.ts';
import { createWebhooks, type Webhooks } from './webhooks/create-webhooks.ts';
import { createTasksToday } from './tasks-today.ts';

/** Time that running jobs have to finish when the coordinator stops; what is left goes on after the next start. */
const DRAIN_MS = 2000;

/**
 * Starts a coordinator: the only place where its parts are chosen and joined.
 *
 * @throws {Error} when the port is taken, or others could reach it and it has no credentials
 */
export async function startCoordinator(options: CoordinatorOptions): Promise<RunningCoordinator> {
  const { home, host, port, logger } = options;
  requireFitHome(options);
  const credentials = loadCredentials(home);
  const opened = await openBooks(options);
  const { place: booksPlace, lost: failed } = opened;
  const parts = createParts(opened.books);
  let stop = () => parts.close();
  try {
    const { network, app, close } = await joinParts(options, credentials, opened, parts);
    stop = close;
    await takeUpJobs(network, logger);
    // Nothing can be called by the address that stands for all of them.
    const url = (await app.listen({ host, port })).replace('[::]', '[::1]');
    return { url, ...keysOf(credentials), booksPlace, failed, close };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Joined extends Pick<HttpServer, 'app'> {
  readonly network: Network;
  readonly close: () => Promise<void>;
}

async function joinParts(
  options: CoordinatorOptions,
  credentials: Credentials,
  { books, problem }: OpenedBooks,
  parts: Parts,
): Promise<Joined> {
  const { home, logger, egressAllow: allow = [], allowedHosts = [] } = options;
  const egress = createEgress({ allow });
  const crypto = createReceiptCrypto();
  let isStopping = false;
  const unready = () => (isStopping ? 'the coordinator is stopping' : problem());
  const log = await prepare(books, credentials, options);
  const artifacts = await openFileArtifacts(join(home, 'artifacts'), options.artifacts);
  const network = createNetwork({ books, artifacts, crypto, credentials, logId: log.logId, options, egress });
  parts.add({ close: () => network.stop() });
  const keeper = parts.add(await keepArtifacts({ ...network, ...network.files, logger }));
  const guard = createHostGuard({ names: allowedHosts });
  const metrics = createMetrics(network);
  const webhooks = parts.add(createCallbacks(egress, { network, credentials, metrics, options }));
  const fleet = parts.add(await startFleet({ ...network, ...walletParts(credentials) }, options));
  const { app, ...pressure } = await createHttpServer({
    logger,
    guard,
    metrics,
    ...(options.limits && { limits: options.limits }),
    unready,
    ...(await dialectDeps(network, { credentials, log, options })),
    ...servingOf(fleet, { ...network, options }),
    aitbc: aitbcDeps(network, { webhooks, options, isReady: () => unready() === undefined }),
  });
  const sockets = createSockets(app.server, { network, credentials, crypto, guard, metrics, options, fleet });
  addGauges(metrics.registry, { network, server: app.server, ...sockets, booksProblem: problem, ...pressure });
  addArtifactGauges(metrics.registry, artifacts, keeper);
  parts.add(startSequencer(network.log, log, logger));
  parts.add(startChores(network, options, metrics));

  const close = async (drainMs = DRAIN_MS): Promise<void> => {
    isStopping = true;
    await network.jobs.drain(drainMs);
    keeper.close();
    await network.stop();
    sockets.close();
    await closeServer(app);
    await parts.close();
  };
  return { network, app, close };
}

async function closeServer(app: HttpServer['app']): Promise<void> {
  app.server.closeAllConnections();
  await app.close();
}

function walletParts({ tokenSecret }: Credentials) {
  return { tokens: createWalletTokens(tokenSecret), mintId: MINT_ID };
}

function keysOf({ operatorKey, operatorKeyIsNew }: Credentials) {
  return { operatorKey, operatorKeyIsNew };
}

function requireFitHome(options: CoordinatorOptions): void {
  const { home, host, allowedHosts = [] } = options;
  requireFinishedRestore(home);
  if (!isLocal(options)) requireCredentials(home, [host, ...allowedHosts]);
}

async function takeUpJobs({ keeper }: Network, logger: CoordinatorOptions['logger']): Promise<void> {
  const recovered = await keeper.recover();
  if (recovered > 0) logger.info({ jobs: recovered }, 'took up the jobs that were open');
}

/** Makes the books fit to go on with. */
async function prepare(books: Books, credentials: Credentials, options: CoordinatorOptions): Promise<OpenedLog> {
  requireRetention(books, options);
  const log = await openLog(options.home, credentials.signer, books);
  await foundNetwork(books, credentials);
  return log;
}

function createCallbacks(egress: Egress, parts: CallbackParts): Webhooks {
  const { network, credentials, metrics, options } = parts;
  return createWebhooks({
    books: network.books,
    events: network.events,
    egress,
    secretOf: credentials.webhookSecret,
    logger: options.logger,
    onAttempt: (outcome) => metrics.webhookSent(outcome),
  });
}

interface CallbackParts {
  readonly network: Network;
  readonly metrics: Metrics;
  readonly credentials: Credentials;
  readonly options: CoordinatorOptions;
}

interface DialectParts {
  readonly credentials: Credentials;
  readonly options: CoordinatorOptions;
  readonly log: OpenedLog;
}

async function dialectDeps(
  network: Network,
  { credentials: { signer, invite }, log, options }: DialectParts,
): Promise<Pick<HttpServerDeps, 'artifacts' | 'gemmanet' | 'infernet' | 'neuroshard' | 'openai' | 'plexus'>> {
  const { jobs, accounts, keys, nodes, receipts, authenticator, books, events, files, wallet } = network;
  const { earnings, passes, training } = network;
  const limits = options.rateLimits === 'off' ? ({ rateLimits: 'off' } as const) : {};
  const common = { jobs, accounts, nodes, authenticator, ...limits };
  const startedAt = new Date();
  return {
    artifacts: { ...files, authenticator, ...limits },
    gemmanet: {
      ...common,
      version: PLEXUS_VERSION,
      tasksToday: await createTasksToday(books, events),
      isLoopback: isLocal(options),
      acceptsInvite: (given) => invite !== undefined && sameText(given, invite),
    },
    infernet: infernetDeps(network, options),
    neuroshard: { ...common, wallet, earnings, passes, training },
    openai: { ...common, startedAt },
    plexus: {
      ...common,
      keys,
      receipts,
      ledgerSum: async () => (await books.read.totals()).sum,
      info: {
        name: options.name ?? 'plexus',
        version: PLEXUS_VERSION,
        publicKey: signer.publicKey,
        logId: log.logId,
        ...(log.period && { logPeriod: log.period }),
        startedAt,
        limits: { register_grant_credits: registerGrantOf(options) },
      },
    },
  };
}

/** What is done from time to time as long as the coordinator runs. */
function startChores(network: Network, options: CoordinatorOptions, metrics: Metrics): { close(): Promise<unknown> } {
  const { books, onAccounts } = network;
  const onError = (error: unknown) => options.logger.error({ err: error }, 'credits that cooled down wait');
  const cooldowns = startCooldownKeeper({ books, timers, clock: () => new Date(), onAccounts, onError });
  const retention = startRetention(books, options, { metrics, timers });
  return { close: () => Promise.all([cooldowns.stop(), retention.stop()]) };
}

interface AitbcParts {
  readonly webhooks: Webhooks;
  readonly options: CoordinatorOptions;
  readonly isReady: () => boolean;
}

function aitbcDeps(network: Network, { webhooks, options, isReady }: AitbcParts): AitbcDeps {
  const { rateLimits } = options;
  const { jobs, receipts, nodes, marketplace, miners, statistics, authenticator, books, log } = network;
  return {
    jobs,
    receipts,
    nodes,
    marketplace,
    miners,
    statistics,
    webhooks: webhooks.service,
    authenticator,
    version: PLEXUS_VERSION,
    environment: isLocal(options) ? 'local' : 'production',
    wellbeing: async () => ({
      database: isReady() && (await succeeds(books.read.countLeaves())),
      log: isReady() && (await succeeds(log.head())),
      market: isReady(),
    }),
    clock: () => new Date(),
    ...(rateLimits === 'off' && { rateLimits }),
  };
}

async function succeeds(asked: Promise<unknown>): Promise<boolean> {
  return await asked.then(
    () => true,
    () => false,
  );
}

/** Compares without telling by its time how much was right. */
function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
