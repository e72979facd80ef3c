import type { Guests, SubmitJob } from '@plexus/core';
import {
  type ContainerJobRequestSchema,
  type ContainerOffer,
  formatCredits,
  type InfernetSite,
} from '@plexus/protocol';
import type { Static } from 'typebox';
import { isAllowed } from './allowed-address.ts';
import type { Client } from './client.ts';
import type { ClientRates } from './client-rates.ts';
import type { ContainerSites } from './deps.ts';
import { refuse } from './errors.ts';

export type JobRequest = Static<typeof ContainerJobRequestSchema>;

/** Seconds that a job may wait for its containers, beyond the time that they have. */
const WAIT_SECONDS = 600;
/** When a client may ask again whose container has too much to do. */
const BUSY_RETRY_SECONDS = 1;
/** Where a node has no containers. */
const EMPTY_SITE: Pick<InfernetSite, 'containers' | 'refusal_status'> & Partial<InfernetSite> = {
  containers: [],
  refusal_status: 400,
};

/** Turns requests into jobs for the node that was called. */
export interface Intake {
  /**
   * @throws {Refusal} in the original's words
   * @throws {DomainError} RATE_LIMITED
   */
  toJob(request: JobRequest, client: Client): Omit<SubmitJob, 'detached'>;
}

export interface IntakeDeps {
  readonly sites: ContainerSites;
  readonly rates: ClientRates;
  readonly guests: Pick<Guests, 'callerAt'> | undefined;
}

export function createIntake({ sites, rates, guests }: IntakeDeps): Intake {
  return {
    toJob(request, client) {
      const { nodeId, caller } = client;
      const site = sites.siteOf(nodeId) ?? EMPTY_SITE;
      rates.take(nodeId, site.rate_limit, caller.accountId);
      const offers = servedBy(site, request, client);
      for (const { id, rate_limit: rate } of offers) rates.take(`${nodeId}\n${id}`, rate, caller.accountId);
      const price = client.isChain ? 0n : priceOf(offers);
      if (price > 0n && isGuest(client, guests)) throw needsKey(offers, price);
      const seconds = offers.reduce((sum, { timeout_seconds: timeout }) => sum + timeout, WAIT_SECONDS);
      return {
        caller,
        service: 'container',
        content: JSON.stringify(dataOf(request, client)),
        params: {
          containers: offers.map(({ id }) => id),
          ...(request.requires_proof === true && { requires_proof: true }),
          ...(client.isChain && { chain: true }),
        },
        mayNameChain: true,
        routing: { only: [nodeId] },
        agreedPrice: price,
        waitsForNode: true,
        timeoutSeconds: Math.ceil(seconds),
        admit: () => requireRoom(sites, nodeId, offers),
      };
    },
  };
}

/** Micro-credits; a container that is named twice is paid twice. */
function priceOf(offers: readonly ContainerOffer[]): bigint {
  return offers.reduce((sum, { price_micro: price = '0' }) => sum + BigInt(price), 0n);
}

/** Whether a client has shown no key, so that nobody can pay for it. */
function isGuest({ caller, address, nodeId }: Client, guests: IntakeDeps['guests']): boolean {
  return guests?.callerAt(address, nodeId).accountId === caller.accountId;
}

function needsKey(offers: readonly ContainerOffer[], price: bigint): Error {
  const [priced] = offers.filter(({ price_micro: asked }) => asked !== undefined);
  const params = { container: priced?.id, price: formatCredits(price) };
  return refuse(402, 'Container has a price: send a key of an account with credits', params);
}

/** Source: contract/infernet.md, "Refusals", in the order in which the original looks. */
function servedBy(
  site: typeof EMPTY_SITE,
  { containers = [], requires_proof: requiresProof = false }: JobRequest,
  { address, owner }: Client,
): readonly ContainerOffer[] {
  const no = (error: string, params: object) => refuse(site.refusal_status, error, params);
  if (containers.length === 0) throw no('No containers specified', {});
  const offers = containers.map((id) => {
    const offer = site.containers.find((one) => one.id === id);
    if (!offer) throw no('Container not supported', { container: id });
    return offer;
  });
  const [first] = offers;
  if (first?.external !== true) throw no('First container must be external', { first_container: first?.id });
  const who = owner ?? address;
  const barred = offers.find((offer) => !isFor(offer, { address, owner }));
  if (barred) throw no('Container not allowed for address', { container: barred.id, address: who });
  requireProof(offers, requiresProof, no);
  return offers;
}

type Refuse = (error: string, params: object) => Error;

function requireProof(offers: readonly ContainerOffer[], isRequired: boolean, no: Refuse): void {
  const last = offers.at(-1);
  if (!isRequired || last?.generates_proofs === true) return;
  throw no('Container does not generate proof', { container: last?.id });
}

/** Whether a container works for a client at its address, or for the owner of a subscription. */
function isFor(
  { allowed_ips: networks, allowed_addresses: addresses }: ContainerOffer,
  { address, owner }: { readonly address: string; readonly owner: string | undefined },
): boolean {
  if (owner === undefined) return isAllowed(networks, address);
  return addresses?.some((one) => one.toLowerCase() === owner.toLowerCase()) ?? true;
}

/** What a chain has for containers is bytes in hex, and no object; it has nothing for those of signed subscriptions. */
function dataOf({ data = {}, subscription }: JobRequest, { isChain }: Client): unknown {
  return isChain && subscription === undefined ? data['input'] : data;
}

function requireRoom(sites: ContainerSites, nodeId: string, offers: readonly ContainerOffer[]): void {
  const full = offers.find(({ id, max_pending: most }) => sites.pendingFor(nodeId, id) >= most);
  if (!full) return;
  const headers = { 'retry-after': String(BUSY_RETRY_SECONDS) };
  throw refuse(503, 'Container has too many jobs', { container: full.id }, headers);
}
