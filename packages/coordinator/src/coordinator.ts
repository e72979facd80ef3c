import { timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { createHostGuard, type GemmanetDeps, type HostGuard, type OpenAiDeps, type PlexusDeps } from '@plexus/api';
import type { Books } from '@plexus/core';
import { PLEXUS_VERSION, type ReceiptCrypto } from '@plexus/protocol';
import { createSqliteBooks } from '@plexus/storage';
import { foundNetwork } from './found-network.ts';
import { addGauges } from './http/gauges.ts';
import { createMetrics, type Metrics } from './http/metrics.ts';
import { createHttpServer } from './http/server.ts';
import { createNodeHub } from './hub/node-hub.ts';
import { type Credentials, loadCredentials, requireCredentials } from './keys/credentials.ts';
import { createReceiptCrypto } from './keys/receipt-crypto.ts';
import { createNetwork, type Network } from './network.ts';
import { type CoordinatorOptions, isLoopback, registerGrantOf, type RunningCoordinator } from './options.ts';
import { createTasksToday } from './tasks-today.ts';

/** Time that running jobs have to finish when the coordinator stops; what is left goes on after the next start. */
const DRAIN_MS = 2000;
/** A tree head is signed at least so often while receipts come. Source: DESIGN.md 6. */
const TREE_HEAD_EVERY_MS = 1000;

/**
 * Starts a coordinator: the only place where its parts are chosen and joined.
 *
 * @throws {Error} when the port is taken, or others could reach it and it has no credentials
 */
export async function startCoordinator(options: CoordinatorOptions): Promise<RunningCoordinator> {
  const { home, host, port, logger } = options;
  if (!isLoopback(host)) requireCredentials(home, host);
  const credentials = loadCredentials(home);
  const crypto = createReceiptCrypto();
  const state: State = {};
  const books = options.books ?? (await openBooks(options, state));
  await foundNetwork(books, credentials);
  const network = createNetwork({ books, crypto, credentials, options });
  const guard = createHostGuard({ names: options.allowedHosts ?? [] });
  const metrics = createMetrics(network);
  const { app, ...pressure } = await createHttpServer({
    logger,
    guard,
    metrics,
    ...(options.limits && { limits: options.limits }),
    unready: () => state.unready,
    ...(await dialectDeps(network, credentials, options)),
  });
  const hub = createHub(app.server, { network, credentials, crypto, guard, metrics, options });
  addGauges(metrics.registry, { network, server: app.server, hub, ...pressure });
  const sequencer = setInterval(() => {
    network.log.head().catch((error: unknown) => logger.error({ err: error }, 'no tree head'));
  }, TREE_HEAD_EVERY_MS);

  async function close(): Promise<void> {
    state.unready = 'the coordinator is stopping';
    await network.jobs.drain(DRAIN_MS);
    clearInterval(sequencer);
    hub.close();
    app.server.closeAllConnections();
    await app.close();
    await books.close();
  }

  try {
    const recovered = await network.keeper.recover();
    if (recovered > 0) logger.info({ jobs: recovered }, 'took up the jobs that were open');
    const { operatorKey, operatorKeyIsNew } = credentials;
    return { url: await app.listen({ host, port }), operatorKey, operatorKeyIsNew, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Why the coordinator is not ready, once it is not. */
interface State {
  unready?: string;
}

async function openBooks({ home, logger }: CoordinatorOptions, state: State): Promise<Books> {
  return await createSqliteBooks({
    path: join(home, 'plexus.db'),
    onError(error) {
      state.unready = 'the storage failed; restart the coordinator';
      logger.fatal({ err: error }, 'storage failed');
    },
  });
}

interface HubParts {
  readonly network: Network;
  readonly credentials: Credentials;
  readonly crypto: ReceiptCrypto;
  readonly guard: HostGuard;
  readonly metrics: Metrics;
  readonly options: CoordinatorOptions;
}

function createHub(server: Parameters<typeof createNodeHub>[0], parts: HubParts): ReturnType<typeof createNodeHub> {
  const { network, credentials, crypto, guard, metrics, options } = parts;
  const { admission, registry, desk, authenticator, books } = network;
  return createNodeHub(server, {
    admission,
    registry,
    desk,
    authenticator,
    crypto,
    publicKey: credentials.signer.publicKey,
    logger: options.logger,
    ...(options.limits && { limits: options.limits }),
    onRefusal: (code) => metrics.nodeRefused(code),
    isAllowed: (request) => guard(request) === undefined,
    balanceOf: async (accountId) => (await books.read.findAccount(accountId))?.available ?? 0n,
  });
}

async function dialectDeps(
  network: Network,
  { signer, invite }: Credentials,
  options: CoordinatorOptions,
): Promise<{ gemmanet: GemmanetDeps; openai: OpenAiDeps; plexus: PlexusDeps }> {
  const { jobs, accounts, keys, nodes, receipts, authenticator, books, events } = network;
  const limits = options.rateLimits === 'off' ? ({ rateLimits: 'off' } as const) : {};
  const common = { jobs, accounts, nodes, authenticator, ...limits };
  const startedAt = new Date();
  return {
    gemmanet: {
      ...common,
      version: PLEXUS_VERSION,
      tasksToday: await createTasksToday(books, events),
      isLoopback: isLoopback(options.host),
      acceptsInvite: (given) => invite !== undefined && sameText(given, invite),
    },
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
        logId: signer.keyId,
        startedAt,
        limits: { register_grant_credits: registerGrantOf(options) },
      },
    },
  };
}

/** Compares without telling by its time how much was right. */
function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
