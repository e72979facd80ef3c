import { createEgress } from '@plexus/egress';
import { type CallRate, CONTAINER_DEFAULTS, type ContainerOffer, type InfernetSite } from '@plexus/protocol';
import {
  type ContainerCalls,
  createContainerRunner,
  createUrlCalls,
  type Runner,
  type ServedContainer,
  textOf,
} from '@plexus/runners';
import { type ContainerConfig, type InfernetConfig, priceMicroOf } from './config.ts';
import type { ManagedContainers } from './managed-containers.ts';

/** Bytes of one answer, where the operator says nothing else. */
const MAX_ANSWER_BYTES = 5 * 1024 * 1024;
/** Jobs that run or wait at one node, of all its containers. */
const MAX_JOBS = 10_000;
/** What containers say of their resources. */
const RESOURCES = { maxBytes: 1_048_576, timeoutMs: 5000 } as const;

/** The containers of a node, as its configuration has them. */
export interface Containers {
  /** What the coordinator is told. */
  readonly site: InfernetSite;
  /** Absent where no container can be called. */
  readonly runner: Runner | undefined;
  /** Those that are not served, and why. */
  readonly missing: readonly { readonly id: string; readonly reason: string }[];
  /** What each container says of its resources; whoever says nothing in time is left out. */
  resources(modelId: string | undefined, signal: AbortSignal): Promise<Readonly<Record<string, unknown>>>;
}

export interface ContainersOptions {
  readonly config: InfernetConfig;
  /** Whether refusals have the status that the original's clients of version 1 expect. */
  readonly isCompatible: boolean;
  /** Those that this machine runs itself. */
  readonly managed: ManagedContainers;
}

/** @throws {Error} when a container's address cannot be one */
export function createContainers({ config, isCompatible, managed }: ContainersOptions): Containers {
  const { manage_containers: isManaged = true } = config;
  const served: ServedContainer[] = [];
  const missing: { id: string; reason: string }[] = [];
  for (const container of config.containers) {
    const url = urlOf(container, isManaged);
    const calls = managed.callsOf(container.id) ?? (url === undefined ? undefined : callsAt(url, container));
    if (calls) served.push(servedBy(calls, container));
    else missing.push({ id: container.id, reason: managed.obstacle ?? 'it has neither an image nor a url' });
  }
  const offers = served.map(({ id }) => offerOf(config.containers.find((one) => one.id === id) ?? { id }));
  return {
    missing,
    site: siteOf(config, offers, isCompatible),
    runner: served.length === 0 ? undefined : runnerOf(served, placesOf(offers), managed),
    async resources(modelId, signal) {
      const found = await Promise.all(
        served.map(async ({ id, calls }) => [id, await ask(calls, modelId, signal)] as const),
      );
      return Object.fromEntries(found.filter(([, answer]) => answer !== undefined));
    },
  };
}

/** Whoever waits does so at its own container, so that one which is slow stops no others. */
function placesOf(offers: readonly ContainerOffer[]): number {
  return Math.min(
    MAX_JOBS,
    offers.reduce((sum, { max_pending: most }) => sum + most, 0),
  );
}

/** A container that nobody starts here listens where its configuration says. */
function urlOf({ url, port }: ContainerConfig, isManaged: boolean): string | undefined {
  if (url !== undefined && url !== '') return url.trim().replace(/\/+$/, '');
  return isManaged || port === undefined || port === '' ? undefined : `http://127.0.0.1:${port}`;
}

function callsAt(url: string, { id, bearer }: ContainerConfig): ContainerCalls {
  return createUrlCalls(guardFor(url, id), { url, ...(bearer !== undefined && bearer !== '' && { bearer }) });
}

function servedBy(calls: ContainerCalls, container: ContainerConfig): ServedContainer {
  const { id, timeout_seconds: timeout = CONTAINER_DEFAULTS.timeoutSeconds } = container;
  const { concurrency = CONTAINER_DEFAULTS.concurrency, max_answer_bytes: maxAnswerBytes = MAX_ANSWER_BYTES } =
    container;
  return { id, calls, timeoutMs: timeout * 1000, concurrency, maxAnswerBytes };
}

/** A runner whose end is that of the containers, too. */
function runnerOf(containers: readonly ServedContainer[], concurrency: number, managed: ManagedContainers): Runner {
  const runner = createContainerRunner({ containers, concurrency });
  return {
    ...runner,
    async close() {
      await runner.close();
      await managed.close();
    },
  };
}

/** The operator's own host passes, on its own port; where it redirects to is nobody's. */
function guardFor(url: string, id: string) {
  if (!URL.canParse(url)) throw new Error(`The url of container "${id}" is none: ${url}`);
  // Paths are put at its end.
  if (/[?#]/.test(url))
    throw new Error(`The url of container "${id}" must have neither a query nor a fragment: ${url}`);
  const { hostname, port, protocol } = new URL(url);
  const own = `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
  const egress = createEgress({ allow: hostname === '' ? [] : [own], keepAlive: true });
  try {
    egress.check(url);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The url of container "${id}" cannot be called: ${reason}`, { cause });
  }
  return egress;
}

function offerOf(container: ContainerConfig): ContainerOffer {
  const { id, image = '', external = true, description = '', generates_proofs: proves = false } = container;
  const { timeout_seconds: timeout = CONTAINER_DEFAULTS.timeoutSeconds, rate_limit: limit } = container;
  const { max_pending: most = CONTAINER_DEFAULTS.queue, allowed_ips: networks = [] } = container;
  const addresses = allowedAddresses(container);
  return {
    id,
    image,
    external,
    generates_proofs: proves,
    timeout_seconds: timeout,
    max_pending: most,
    ...(description !== '' && { description }),
    ...pricedAs(container),
    // To the original an empty list is no list.
    ...(networks.length > 0 && { allowed_ips: networks }),
    ...(addresses.length > 0 && { allowed_addresses: addresses }),
    ...(limit && { rate_limit: rateOf(limit) }),
  };
}

function pricedAs(container: ContainerConfig): Pick<ContainerOffer, 'price_micro'> {
  const price = priceMicroOf(container) ?? 0n;
  return price > 0n ? { price_micro: price.toString() } : {};
}

/** The original's list of those who may sign subscriptions has had two names. */
function allowedAddresses(container: ContainerConfig): string[] {
  const { allowed_addresses: owners = [], allowed_delegate_addresses: delegates = [] } = container;
  return [...owners, ...delegates];
}

function rateOf({
  num_requests: calls = 60,
  period: seconds = 60,
}: NonNullable<ContainerConfig['rate_limit']>): CallRate {
  return { calls, seconds };
}

function siteOf(config: InfernetConfig, containers: ContainerOffer[], isCompatible: boolean): InfernetSite {
  const { status_ips: statusIps, server: { rate_limit: limit } = {} } = config;
  return {
    containers,
    refusal_status: isCompatible ? 405 : 400,
    result_seconds: config.result_seconds ?? CONTAINER_DEFAULTS.resultSeconds,
    ...(statusIps && { status_ips: statusIps }),
    ...(limit && { rate_limit: rateOf(limit) }),
  };
}

async function ask(calls: ContainerCalls, modelId: string | undefined, signal: AbortSignal): Promise<unknown> {
  const query = modelId === undefined ? '' : `?model_id=${encodeURIComponent(modelId)}`;
  try {
    const answer = await calls.call({ method: 'GET', path: `/service-resources${query}`, ...RESOURCES, signal });
    const text = await textOf(answer);
    return answer.status === 200 ? (JSON.parse(text) as unknown) : undefined;
  } catch {
    return undefined;
  }
}
