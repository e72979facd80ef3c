import type { ContainerOffer, InfernetSite } from '@plexus/protocol';
import type { LiveNode } from '../nodes/live-node.ts';
import type { SubmitJob } from './job-service.ts';

const SERVICE = 'container';

type Work = Pick<SubmitJob, 'service' | 'params'>;
type Site = Pick<LiveNode, 'infernet'>;
/** Open jobs that count for a container of a node. */
export type PendingFor = (nodeId: string, containerId: string) => number;

/**
 * Why a node does not let every client use the containers of a job; nothing where it does. Infernet's API, which looks
 * at a client's address, settles that for its own jobs.
 */
export function keptFrom(node: Site, work: Work): string | undefined {
  const offers = named(node, work);
  if (!offers) return 'does not have these containers';
  const [first] = offers;
  if (first?.external === false) return `lets no job begin with "${first.id}"`;
  const kept = offers.find(({ allowed_ips: networks }) => networks);
  return kept && `keeps "${kept.id}" for clients of Infernet's API from certain networks`;
}

/** Which container of a job has as many jobs at a node as may run or wait for it; nothing where all have room. */
export function fullAt(node: Site & Pick<LiveNode, 'record'>, work: Work, pendingFor: PendingFor): string | undefined {
  const full = named(node, work)?.find(({ id, max_pending: most }) => pendingFor(node.record.id, id) >= most);
  return full && `has too many jobs for "${full.id}"`;
}

/** Ids of the containers that a job uses at a node, each once; none where the node does not say what it has. */
export function usedAt(node: Site, work: Work): readonly string[] {
  return [...new Set((named(node, work) ?? NONE).map(({ id }) => id))];
}

/** Micro-credits that a node asks for the containers of a job, beyond the price of the service. */
export function askedBy(node: Site, work: Work): bigint {
  return (named(node, work) ?? []).reduce((sum, { price_micro: price = '0' }) => sum + BigInt(price), 0n);
}

/** What the cheapest of the nodes asks whose containers the job may use; nothing where it may use none. */
export function cheapest(nodes: readonly LiveNode[], work: Work): bigint {
  if (work.service !== SERVICE) return 0n;
  let least: bigint | undefined;
  for (const node of nodes) {
    if (keptFrom(node, work) !== undefined) continue;
    const price = askedBy(node, work);
    if (least === undefined || price < least) least = price;
  }
  return least ?? 0n;
}

const NONE: readonly ContainerOffer[] = [];

/** The containers that a job names, as often as it names them; absent where the node does not have all of them. */
function named({ infernet }: Site, { service, params }: Work): readonly ContainerOffer[] | undefined {
  // A node that names no containers may have any.
  if (service !== SERVICE || !infernet) return NONE;
  const { containers: ids } = params;
  if (!Array.isArray(ids)) return onlyOne(infernet);
  const offers = ids.flatMap((id) => infernet.containers.find((one) => one.id === id) ?? []);
  return offers.length === ids.length ? offers : undefined;
}

/** A node with one container needs not be told which. */
function onlyOne({ containers }: Pick<InfernetSite, 'containers'>): readonly ContainerOffer[] {
  return containers.length === 1 ? containers : NONE;
}
