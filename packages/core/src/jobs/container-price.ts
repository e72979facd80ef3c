import type { InfernetSite } from '@plexus/protocol';
import type { LiveNode } from '../nodes/live-node.ts';
import type { SubmitJob } from './job-service.ts';

const SERVICE = 'container';

type Work = Pick<SubmitJob, 'service' | 'params'>;

/**
 * Micro-credits that a node asks for the containers of a job, beyond the price of the service; nothing where it has not
 * all of them.
 */
export function askedBy({ infernet }: Pick<LiveNode, 'infernet'>, { service, params }: Work): bigint | undefined {
  // A node that names no containers may have any.
  if (service !== SERVICE || !infernet) return 0n;
  const { containers } = params;
  return priceOf(infernet, Array.isArray(containers) ? containers : onlyOne(infernet));
}

/** What the cheapest of some nodes asks; nothing where none has the containers. */
export function cheapest(nodes: readonly LiveNode[], work: Work): bigint {
  if (work.service !== SERVICE) return 0n;
  let least: bigint | undefined;
  for (const node of nodes) {
    const price = askedBy(node, work);
    if (price !== undefined && (least === undefined || price < least)) least = price;
  }
  return least ?? 0n;
}

/** Each container counts as often as it is named. */
function priceOf({ containers }: Pick<InfernetSite, 'containers'>, ids: readonly unknown[]): bigint | undefined {
  let sum = 0n;
  for (const id of ids) {
    const offer = containers.find((one) => one.id === id);
    if (!offer) return undefined;
    sum += BigInt(offer.price_micro ?? 0);
  }
  return sum;
}

/** A node with one container needs not be told which. */
function onlyOne({ containers }: InfernetSite): readonly string[] {
  return containers.length === 1 ? containers.map(({ id }) => id) : [];
}
