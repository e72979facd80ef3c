import { homedir } from 'node:os';
import { join } from 'node:path';
import { type CoordinatorAddress, coordinatorAddress } from './address.ts';
import type { Backoff } from './backoff.ts';
import { createSandboxSource, limitSandbox, requirePlaces, type Runner, TO_BE_ALLOWED } from '@plexus/runners';
import type { ConnectionTimings } from './connection.ts';
import { createFrameWriter, type FrameWriter } from './frames.ts';
import { type Identity, loadIdentity } from './identity.ts';
import { type Infernet, openInfernet } from './infernet/open-infernet.ts';
import { createJobFiles } from './job-files.ts';
import type { Link } from './link.ts';
import { examineMachine, type Machine } from './machine.ts';
import { createNodeMetrics, type NodeMetrics } from './metrics.ts';
import { openSettings, type SettingsBook } from './neuroshard/settings.ts';
import { createNodePass, type NodePass } from './node-pass.ts';
import type { NodeOptions } from './options.ts';
import { createResultWriter } from './results.ts';
import { createServiceBook, type Detect, type ServiceBook } from './services.ts';
import { loadTrust, type TrustStore } from './trust.ts';
import { Worker } from './worker.ts';

/** In the cache that all homes of a user share, because it is large. */
export const LLAMA_FOLDER = 'llama-3.22.1';

/** What stands in the place of clocks, chance and engines where they are given. */
export interface Substitutes {
  readonly timings?: Partial<ConnectionTimings>;
  readonly abandonMs?: number;
  readonly backoff?: Backoff;
  readonly detect?: Detect;
  readonly lookEveryMs?: number;
}

/** A node before it is connected and listens. */
export interface Parts {
  readonly options: NodeOptions;
  readonly substitutes: Substitutes;
  readonly address: CoordinatorAddress;
  readonly identity: Identity;
  readonly trust: TrustStore;
  readonly machine: Machine;
  readonly frame: FrameWriter;
  readonly services: ServiceBook;
  readonly metrics: NodeMetrics;
  readonly worker: Worker;
  readonly pass: NodePass;
  readonly infernet: Infernet;
  readonly settings: SettingsBook;
}

/**
 * Makes everything that opens nothing.
 *
 * @param link the link once there is one: it needs these parts itself
 * @throws {Error} when an option is wrong or a file in `home` cannot be used
 */
export async function makeParts(
  options: NodeOptions,
  substitutes: Substitutes,
  link: () => Link | undefined,
): Promise<Parts> {
  const { home, logger } = options;
  const address = coordinatorAddress(options.coordinatorUrl);
  const identity = await loadIdentity(home);
  const [infernet, machine] = await Promise.all([openInfernet(options, identity.nodeId), examineMachine()]);
  const settings = await openSettings(home, machine, () => link()?.renew());
  const services = createServiceBook({
    wanted: options.services,
    ready: containerRunners(infernet),
    detection: detectionOf(options, settings, address.httpUrl),
    onChange: () => link()?.renew(),
    ...(substitutes.detect && { detect: substitutes.detect }),
    ...(substitutes.lookEveryMs !== undefined && { lookEveryMs: substitutes.lookEveryMs }),
  });
  const trust = await loadTrust(home);
  const coordinatorKey = () => trust.keyOf(address.httpUrl);
  const filesOf = createJobFiles({ baseUrl: address.httpUrl, identity, coordinatorKey });
  const frame = createFrameWriter(identity.nodeId);
  const metrics = createNodeMetrics({
    activeTasks: () => worker.activeTasks,
    leases: () => worker.leases,
    heldBytes: () => worker.heldBytes,
    unsentBytes: () => link()?.unsentBytes() ?? 0,
    isConnected: () => link()?.state().isConnected ?? false,
  });
  const worker = new Worker({
    frame,
    results: createResultWriter(identity, frame, logger),
    metrics,
    logger,
    ...(substitutes.abandonMs !== undefined && { abandonMs: substitutes.abandonMs }),
    runnerOf: (service) => services.runnerOf(service),
    filesOf: ({ task_id: jobId, epoch }) => (epoch === undefined ? undefined : filesOf({ jobId, epoch })),
    send: (frames) => link()?.send(frames) ?? false,
  });
  const pass = createNodePass({ identity, coordinatorKey });
  const engines = { services, infernet, worker, settings };
  return { options, substitutes, address, identity, trust, machine, frame, metrics, pass, ...engines };
}

/** The runner of the node's containers, where it has any. */
function containerRunners({ containers: { runner }, chain }: Infernet): readonly Runner[] {
  if (!runner) return [];
  return [chain ? chain.delivering(runner) : runner];
}

function detectionOf(options: NodeOptions, settings: SettingsBook, coordinatorUrl: string) {
  const { modelPath, upstream, imageUpstream, whisperUpstream, concurrency, installLlama, python, logger } = options;
  return {
    llamaCacheDir: join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'plexus', LLAMA_FOLDER),
    installLlama,
    threads: settings.current.resources.cpu_threads,
    ...(modelPath !== undefined && { modelPath }),
    ...(upstream && { upstream }),
    ...(imageUpstream && { imageUpstream }),
    ...(whisperUpstream && { whisperUpstream }),
    ...(options.whisperWeights !== undefined && { whisperWeights: options.whisperWeights }),
    ...(options.egressAllow && { egressAllow: requirePlaces(options.egressAllow) }),
    coordinatorUrl,
    memoryBytes: () => settings.share.memoryBytes(),
    sandbox: limitSandbox(createSandboxSource(), settings.share),
    ...(concurrency && { concurrency }),
    ...(python && { python }),
    allow: allowedServices(options.allow ?? []),
    onProgress(text: string) {
      logger.info(text);
      options.onProgress?.(text);
    },
  };
}

/** @throws {Error} when something is allowed that nothing asks leave for */
function allowedServices(names: readonly string[]) {
  return names.map((name) => {
    const known = TO_BE_ALLOWED.find((service) => service === name);
    if (known !== undefined) return known;
    throw new Error(`There is nothing to allow in "${name}"; there is ${TO_BE_ALLOWED.join(', ')}`);
  });
}
