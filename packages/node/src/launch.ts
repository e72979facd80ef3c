import { HEARTBEAT_SECONDS } from '@plexus/protocol';
import { createBackoff } from './backoff.ts';
import type { ConnectionTimings, TaskMessage } from './connection.ts';
import { createCpuMeter } from './cpu.ts';
import { within } from './deadline.ts';
import { readFleetMetrics } from './fleet-metrics.ts';
import { openListeners } from './http.ts';
import { type Listeners, withStats } from './listeners.ts';
import { createRunJob } from './infernet/chain/run-job.ts';
import { type Link, type LinkState, openLink } from './link.ts';
import type { NodeOptions, RunningNode } from './options.ts';
import { makeParts, type Parts, type Substitutes } from './parts.ts';
import type { Machine } from './machine.ts';
import { ramUsedBytes } from './neuroshard/machine-use.ts';
import type { SettingsBook } from './neuroshard/settings.ts';
import { type Later, peerIdentity, shardOptions } from './neuroshard/shard.ts';
import { createUptimeClaims } from './neuroshard/uptime-claims.ts';
import { createPeerBook, type PeerBook } from './peers/peer-book.ts';
import { createNodeStats } from './stats/node-stats.ts';
import { createInventoryBook } from './stats/take-inventory.ts';
import { sweepScratch } from '@plexus/runners';
import { registrationOf } from './registration.ts';
import type { Worker } from './worker.ts';

const TIMINGS: ConnectionTimings = {
  setupMs: 10_000,
  heartbeatMs: HEARTBEAT_SECONDS * 1000,
  pingMs: 5000,
  closeMs: 500,
};
/** What runs may end by itself for so long when the node is closed. */
const GRACE_MS = 1500;
/** All that is closed after that has so long. */
const CLOSE_MS = 2000;

/** Starts a node, with substitutes for what a test must decide. */
export async function launchNode(options: NodeOptions, substitutes: Substitutes = {}): Promise<RunningNode> {
  options.signal?.throwIfAborted();
  let link: Link | undefined;
  const parts = await makeParts(options, substitutes, () => link);
  void sweep(options);
  let peers: PeerBook | undefined;
  let httpPort = options.ports[0] ?? 0;
  const later = { link: () => link, peers: () => peers, httpPort: () => httpPort };
  const http = await listen(parts, later);
  httpPort = portOf(http.urls[0]);
  peers = createPeers(parts, httpPort, () => link);
  let resolveConnected: () => void = () => undefined;
  const registered = new Promise<void>((resolve) => {
    resolveConnected = resolve;
  });
  link = connect(parts, { peers, stats: http.stats }, resolveConnected);
  watchChain(parts, link);
  return run({ parts, http, peers, link, registered });
}

/** What the work of nodes that were killed left on the disk; large files take their time, and nobody waits for it. */
async function sweep({ logger }: NodeOptions): Promise<void> {
  const folders = await sweepScratch();
  if (folders.length > 0) logger.info({ folders }, 'Removed what nodes that were killed had left');
}

/** Source: seed 003, "The gRPC port is always HTTP port + 1000". */
const PEER_PORT_DISTANCE = 1000;
const LAST_PORT = 65_535;

function createPeers(parts: Parts, httpPort: number, link: () => Link | undefined): PeerBook {
  const { options, identity } = parts;
  const port = httpPort + PEER_PORT_DISTANCE;
  return createPeerBook({
    host: options.host,
    port: port > LAST_PORT ? undefined : port,
    privateKey: identity.privateKey,
    identity: () => peerIdentity(parts),
    logger: options.logger,
    renew: () => link()?.renew(),
  });
}

function portOf(url: string | undefined): number {
  return url === undefined ? 0 : Number(new URL(url).port);
}

/** Jobs that are found on a chain go the way of all jobs, by the coordinator. */
function watchChain({ options, address, pass, infernet }: Parts, link: Link): void {
  const run = createRunJob({ coordinatorUrl: address.httpUrl, pass, token: options.token });
  infernet.chain?.start(run, () => link.renew());
}

async function listen(parts: Parts, later: Later): Promise<Listeners> {
  const { options, identity, worker, services, address, metrics, pass, infernet } = parts;
  const starting: LinkState = { isConnected: false, reason: 'the node is starting' };
  const inventory = createInventoryBook({ logger: options.logger });
  const stats = createNodeStats({ metrics, isEnabled: () => !worker.isDraining, machine: inventory.find });
  const http = await openListeners({
    host: options.host,
    ports: options.ports,
    nodeId: identity.nodeId,
    address,
    metrics,
    pass,
    containers: infernet.containers,
    shard: shardOptions(parts, later),
    readiness: () => readinessOf(later.link()?.state() ?? starting, worker),
    services: () => services.states(),
    stats,
    names: [...(options.statsHost === undefined ? [] : [options.statsHost]), ...(options.allowedHosts ?? [])],
    fleetMetrics: () => readFleetMetrics(address.httpUrl),
  });
  const listeners = await withStats(http, options, stats);
  if (!listeners.stats) options.logger.info(UNSEEN);
  inventory.start();
  const close = async (): Promise<void> => {
    inventory.close();
    await listeners.close();
  };
  return { ...listeners, close };
}

/** It works all the same. */
const UNSEEN = 'the fleet of the coordinator does not show this node: say with --stats-host where it is reached';

function readinessOf(state: LinkState, worker: Worker): LinkState {
  return state.isConnected && worker.isDraining ? { isConnected: false, reason: 'the node takes no new tasks' } : state;
}

/** Where others reach the node, besides its calls. */
interface Reachable extends Pick<Listeners, 'stats'> {
  readonly peers: PeerBook;
}

function connect({ options, substitutes, ...parts }: Parts, { peers, stats }: Reachable, onFirst: () => void): Link {
  const { address, identity, trust, frame, services, worker, infernet, settings } = parts;
  const uptime = createUptimeClaims({ identity, coordinatorKey: () => trust.keyOf(address.httpUrl) });
  const { token, logger, name } = options;
  const cpuPercent = createCpuMeter();
  return openLink({
    address,
    identity,
    trust,
    frame,
    token,
    logger,
    timings: { ...TIMINGS, ...substitutes.timings },
    backoff: substitutes.backoff ?? createBackoff(),
    registration: () =>
      registrationOf({
        identity,
        name,
        services,
        machine: offered(parts.machine, settings),
        peerPort: peers.port,
        infernet,
        stats,
        resume: worker.resume(),
      }),
    heartbeat: () => ({
      node_id: identity.nodeId,
      active_tasks: worker.activeTasks,
      cpu_percent: cpuPercent(),
      memory_used_bytes: ramUsedBytes(),
      ...uptime.next(),
    }),
    isBusy: () => worker.isBusy,
    onRegistered() {
      logger.info({ nodeId: identity.nodeId, coordinator: address.httpUrl }, 'Connected to the coordinator');
      worker.connected();
      uptime.connected();
      onFirst();
    },
    onLost: () => worker.disconnected(),
    onMessage: (message) => (message.type === 'PEERS' ? peers.update(message.payload) : dispatch(worker, message)),
  });
}

/** What the operator lets the network have of the machine. */
function offered(machine: Machine, { share }: Pick<SettingsBook, 'share'>): Machine {
  const [cpuMillis, memoryBytes] = [share.cpuMillis(), share.memoryBytes()];
  return { ...machine, cpu_millis: cpuMillis, memory_bytes: memoryBytes, memory_used_bytes: ramUsedBytes() };
}

function dispatch(worker: Worker, message: Exclude<TaskMessage, { type: 'PEERS' }>): void {
  switch (message.type) {
    case 'TASK_ASSIGN':
      return worker.assign(message.payload);
    case 'TASK_CANCEL':
      return worker.cancel(message.payload);
    case 'TASK_WINDOW':
      return worker.taken(message.payload);
    case 'DRAIN':
      return worker.coordinatorDrains();
  }
}

interface Running {
  readonly parts: Parts;
  readonly http: Listeners;
  readonly peers: PeerBook;
  readonly link: Link;
  readonly registered: Promise<void>;
}

function run({ parts, http, peers, link, registered }: Running): RunningNode {
  const { options, identity, services, worker, infernet } = parts;
  const finding = services.find().catch((error: unknown) => {
    options.logger.error({ err: error }, 'The search for engines failed');
  });

  async function end(): Promise<void> {
    await within(worker.drain(), GRACE_MS);
    worker.close();
    // Whoever reads a stream here is told by the coordinator how that ends, once the node is gone for it.
    const closed = link.close().then(() => http.close());
    const endings = await within(
      Promise.allSettled([infernet.close(), closed, services.close(), peers.close(), finding]),
      CLOSE_MS,
    );
    for (const ending of endings ?? []) {
      if (ending.status === 'rejected')
        options.logger.warn({ err: ending.reason as unknown }, 'A part did not end well');
    }
  }

  let ending: Promise<void> | undefined;
  const close = (): Promise<void> => (ending ??= end());
  const stopped = link.ended.then(async (reason) => {
    await close();
    return reason;
  });
  const tooEarly = stopped.then((reason) => {
    throw reason ?? new Error('The node was closed before it was connected');
  });
  const connected = Promise.race([registered, tooEarly]);
  // Whoever waits for the connection is told; nobody has to.
  connected.catch(() => undefined);
  options.signal?.addEventListener('abort', () => void close(), { once: true });
  if (options.signal?.aborted) void close();

  return {
    nodeId: identity.nodeId,
    urls: http.urls,
    services: () => services.states(),
    connected,
    stopped,
    drain: () => worker.drain(),
    close,
  };
}
