/** Calls of the access table, and what is wrong with their answers. */
import { randomUUID } from 'node:crypto';
import { type AccessCaller, type Ask, expectedOf, isAsExpected, type Things } from './access-rules.ts';
import type { AccessRow } from './access-table.ts';
import { makeAccessCallers } from './access-callers.ts';
import { must } from './callers.ts';
import { rawRequest } from './fuzz-request.ts';
import { resolve, type Schema } from './json-schema.ts';
import type { Operation } from './operations.ts';
import { send } from './raw-http.ts';
import { CALLBACK_URL, CONTAINER, type World } from './world.ts';

/** Where a key may stand. */
type KeyPlace = 'bearer' | 'header' | 'body';

/** One client with all its keys, and what belongs to it. */
export interface Cast {
  readonly callers: readonly AccessCaller[];
  readonly things: Things;
  readonly otherClient: AccessCaller;
  readonly operator: AccessCaller;
}

const GRANT = '100000';

export async function makeCast({ network }: World, isWhole: boolean): Promise<Cast> {
  const { api_key: key, node_id: accountId } = await network.register();
  const grant = { account_id: accountId, credits: GRANT };
  await must(network, 'POST', '/plexus/v1/grants', { key: network.operatorKey, body: grant });
  const body = { service: 'echo', content: 'mine', wait_seconds: 10, callback_url: CALLBACK_URL };
  const job = (await must(network, 'POST', '/plexus/v1/jobs', { key, body })).body;
  const box = { service: 'container', content: '{}', params: { containers: [CONTAINER] }, wait_seconds: 10 };
  const { body: boxed } = await must(network, 'POST', '/plexus/v1/jobs', { key, body: box });
  const { body: head } = await must(network, 'GET', '/plexus/v1/log/head', {});
  const label = randomUUID();
  const makeOffer = async (): Promise<string> => {
    const offer = { job_type: 'access', price: '0.001' };
    return (await must(network, 'POST', '/v1/marketplace/offers', { key, body: offer })).body.offer_id;
  };
  return {
    callers: await makeAccessCallers(network, key, isWhole),
    otherClient: { name: 'another client', key: (await network.register()).api_key },
    operator: { name: 'the operator', key: network.operatorKey },
    things: {
      accountId,
      jobId: job.id,
      containerJobId: boxed.id,
      receiptId: job.receipt_id,
      deliveryId: `msg_${job.id}`,
      nodeId: job.node_id,
      victimId: 'victim',
      treeSize: head.tree_size,
      transactionId: await giveJob(network, key, await makeOffer()),
      offerId: await makeOffer(),
      makeOffer,
      makeKey: async () => (await must(network, 'POST', '/plexus/v1/keys', { key, body: { label } })).body.id,
    },
  };
}

/** @returns the transaction by which a job was given to an offer */
async function giveJob(network: World['network'], key: string, offerId: string): Promise<string> {
  const waiting = { name: 'access', type: 'echo', input: { text: 'given' }, pricing: { by_offer: true } };
  const { job_id } = (await must(network, 'POST', '/v1/jobs', { key, body: waiting })).body;
  const path = `/v1/marketplace/offers/${offerId}/accept`;
  return (await must(network, 'POST', path, { key, body: { job_id } })).body.transaction_id;
}

export async function askOf({ access }: AccessRow, things: Things): Promise<Ask> {
  return (await access.ask?.(things)) ?? {};
}

/** What is wrong with what a caller was told, or what changed although it was refused. */
export async function faultOf(
  row: AccessRow,
  caller: AccessCaller,
  things: Things,
  world: World,
): Promise<string | undefined> {
  const expected = expectedOf(row.access, caller);
  for (const place of placesFor(row.operation, caller)) {
    const ask = await askOf(row, things);
    world.books.mark();
    const status = await statusFor(row.operation, caller, ask, place);
    const whom = `${caller.name} (${place})`;
    if (!isAsExpected(status, expected)) return `${whom} was told ${status} instead of ${expected}`;
    const changes = status >= 400 ? world.books.changes() : [];
    if (status < 300 && row.access.spends !== undefined) await world.quiet();
    if (changes.length > 0) return `${whom} was refused and changed ${changes.join('; ')}`;
  }
  return undefined;
}

export async function statusFor(
  operation: Operation,
  { key }: AccessCaller,
  ask: Ask,
  place: KeyPlace,
): Promise<number> {
  const { path = {}, query = {}, body } = ask;
  const isInBody = place === 'body';
  const parts = {
    operation,
    caller: { name: '', key: isInBody ? undefined : key, weight: 1 },
    keyPlace: isInBody ? ('bearer' as const) : place,
    path,
    query,
    header: {},
    body: isInBody ? { ...(body as object), api_key: key } : body,
  };
  const answer = await send(operation.url, rawRequest(parts));
  if (answer === 'closed') throw new Error('The connection was closed without an answer');
  return answer.status;
}

/** All of them for a client and for whoever has no valid key; for the others one is enough. */
function placesFor(
  { body, document }: Operation,
  { key = '', scopes, isOwner = false }: AccessCaller,
): readonly KeyPlace[] {
  if (scopes && !isOwner) return ['bearer'];
  const { properties = {} } = body ? (resolve(body.schema, document) as { properties?: Schema }) : {};
  const takesKey = 'api_key' in properties && key !== '';
  return takesKey ? ['bearer', 'header', 'body'] : ['bearer', 'header'];
}
