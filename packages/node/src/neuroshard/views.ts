/** How a node tells of itself in the words of seed 003; every figure is measured when it is asked. */
import { access, constants, statfs } from 'node:fs/promises';
import type { neuroshardNodeEndpoints, Output } from '@plexus/protocol';
import type { ModelShape } from '@plexus/runners';
import type { LinkState, LinkTraffic } from '../link.ts';
import type { PeerBook } from '../peers/peer-book.ts';
import type { MachineUse } from './machine-use.ts';
import type { CoordinatorView } from './rewards.ts';
import type { ServingMeter } from './serving-meter.ts';
import type { SettingsBook } from './settings.ts';

type Endpoints = typeof neuroshardNodeEndpoints;

/** What a node knows of itself. */
export interface ShardParts {
  readonly nodeId: string;
  readonly version: string;
  readonly home: string;
  /** WebSocket of the coordinator. */
  readonly trackerUrl: string;
  readonly use: MachineUse;
  readonly serving: ServingMeter;
  readonly settings: SettingsBook;
  readonly coordinator: CoordinatorView;
  /** Of its HTTP listener, once that is open. */
  readonly httpPort: () => number;
  readonly shape: () => ModelShape | undefined;
  readonly role: () => string;
  readonly peers: () => PeerBook | undefined;
  readonly link: () => { readonly state: LinkState; readonly traffic: LinkTraffic };
  readonly isDraining: () => boolean;
}

const MIB = 1024 ** 2;

export async function statusView(parts: ShardParts): Promise<Output<Endpoints['getNodeStatus']>> {
  const { use, settings, coordinator } = parts;
  const [gpu, training] = await Promise.all([use.gpu(), coordinator.training()]);
  return {
    node_id: parts.nodeId,
    version: parts.version,
    uptime_seconds: Math.floor(process.uptime()),
    status: stateOf(parts),
    role: parts.role(),
    layers: layersOf(parts.shape()),
    peer_count: parts.peers()?.list().length ?? 0,
    training: {
      enabled: settings.current.training.enabled,
      epoch: training?.diloco.outer_step_count ?? 0,
      step: training?.global_steps ?? 0,
      loss: training?.global_avg_loss ?? null,
    },
    resources: {
      gpu_memory_used: gpu.usedBytes,
      gpu_memory_total: gpu.totalBytes,
      cpu_percent: use.cpuPercent(),
      ram_used: use.ramUsedBytes(),
    },
  };
}

export async function metricsView(parts: ShardParts): Promise<Output<Endpoints['getNodeMetrics']>> {
  const { coordinator, serving } = parts;
  const [rewards, training] = await Promise.all([coordinator.rewards(), coordinator.training()]);
  const { requests, requestsPerMinute, averageMs, p99Ms, tokens } = serving.figures();
  const own = training?.local;
  return {
    timestamp: new Date().toISOString(),
    inference: {
      requests_total: requests,
      requests_per_minute: requestsPerMinute,
      avg_latency_ms: tenths(averageMs),
      p99_latency_ms: tenths(p99Ms),
      tokens_generated: tokens,
    },
    training: {
      steps_total: own?.training_rounds ?? 0,
      steps_per_hour: own?.steps_last_hour ?? 0,
      gradients_submitted: own?.gradients_submitted ?? 0,
      gradients_accepted: own?.gradients_accepted ?? 0,
    },
    network: networkOf(parts),
    rewards: rewards ?? { earned_today: 0, earned_total: 0, pending: 0 },
  };
}

/** Both planes: the connection to the coordinator, and calls between nodes. */
function networkOf(parts: ShardParts): Output<Endpoints['getNodeMetrics']>['network'] {
  const { state, traffic } = parts.link();
  const peers = parts.peers();
  const { bytesSent = 0, bytesReceived = 0, calls = 0 } = peers?.traffic() ?? {};
  return {
    bytes_sent: traffic.bytesSent + bytesSent,
    bytes_received: traffic.bytesReceived + bytesReceived,
    active_connections: Number(state.isConnected) + (peers?.list().length ?? 0),
    rpc_calls: traffic.messages + calls,
  };
}

export async function healthView(parts: ShardParts): Promise<Output<Endpoints['getNodeWellbeing']>> {
  const { isConnected, reason = 'not connected' } = parts.link().state;
  const [gpu, canWrite] = await Promise.all([parts.use.gpu(), isWritable(parts.home)]);
  const checks = {
    gpu: gpu.state,
    network: isConnected ? 'ok' : reason,
    storage: canWrite ? 'ok' : 'error',
    peers: peersState(parts.peers()),
  };
  // To be alone, or without a graphics processor, is no fault.
  const healthy = Object.values(checks).every((check) => check === 'ok' || check === 'none');
  return { healthy, checks };
}

export function peersView(parts: ShardParts): Output<Endpoints['listPeers']> {
  const peers = (parts.peers()?.list() ?? []).map(({ identity, address, latencyMs, since }) => ({
    id: identity.node_id,
    address,
    role: identity.role,
    layers: [...identity.layers],
    latency_ms: Math.round(latencyMs * 100) / 100,
    connected_since: since.toISOString(),
  }));
  return { peers, total: peers.length };
}

export function layersView({ shape }: ShardParts): Output<Endpoints['listLayers']> {
  const layers = (shape()?.layers ?? []).map(({ index, type, memoryBytes }) => ({
    index,
    type,
    memory_mb: Math.round((memoryBytes / MIB) * 1000) / 1000,
    status: 'active',
  }));
  return { layers, total_layers: layers.length, my_layer_count: layers.length };
}

export function configView(parts: ShardParts): Output<Endpoints['getConfig']> {
  const { nodeId, trackerUrl, settings, httpPort, peers } = parts;
  const { training, resources } = settings.current;
  return {
    node_id: nodeId,
    port: httpPort(),
    grpc_port: peers()?.port ?? 0,
    tracker_url: trackerUrl,
    training: { ...training },
    resources: { ...resources },
  };
}

export function layersOf(shape: ModelShape | undefined): number[] {
  return (shape?.layers ?? []).map(({ index }) => index);
}

function stateOf({ isDraining, link }: ShardParts): string {
  if (isDraining()) return 'draining';
  return link().state.isConnected ? 'running' : 'connecting';
}

/** Peers that are there but do not answer, all of them, are a fault of this node's network. */
function peersState(peers: PeerBook | undefined): string {
  if (!peers || peers.expected() === 0) return 'none';
  return peers.list().length > 0 ? 'ok' : 'error';
}

/** What a node keeps is small, but must be kept. */
const LEAST_FREE_BYTES = 16 * MIB;

async function isWritable(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK);
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize >= LEAST_FREE_BYTES;
  } catch {
    return false;
  }
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
