/** The network that is fuzzed: a coordinator on real books, a node that echoes, and one with models. */
import { join } from 'node:path';
import { createLogger } from '@plexus/coordinator';
import { type RunningNode, startNode } from '@plexus/node';
import { HEARTBEAT_SECONDS } from '@plexus/protocol';
import { createTestNetwork, Miner, RawNode, type TestNetwork } from '@plexus/testkit';
import { infernetConfig, startContainer } from '../support/infernet-world.ts';
import { until } from '../support/processes.ts';
import { BooksView } from './books-view.ts';
import { type FuzzCaller, makeCallers, must } from './callers.ts';
import { ENGINE_MODELS, startEngine } from './engine-server.ts';
import { KnownValues } from './known-values.ts';
import { ListenerWatch } from './listeners.ts';
import { memberNames, type Operation, operationsOf } from './operations.ts';

export interface World extends AsyncDisposable {
  readonly network: TestNetwork;
  readonly operations: readonly Operation[];
  readonly callers: readonly FuzzCaller[];
  readonly known: KnownValues;
  readonly books: BooksView;
  /** Waits until no job is under way. */
  quiet(): Promise<void>;
}

/** Of the echoing node. */
export const CONTAINER = 'box';
/** A node that is there so that something can be done to it. */
const VICTIM = 'victim';

/** Where nobody listens. */
export const CALLBACK_URL = 'http://127.0.0.1:9/callback';

type Cleanup = () => unknown;

export async function createWorld(): Promise<World> {
  const cleanups: Cleanup[] = [];
  const dispose = async (): Promise<void> => {
    for (const cleanUp of cleanups.toReversed()) await cleanUp();
  };
  try {
    return { ...(await build(cleanups)), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function build(cleanups: Cleanup[]): Promise<Omit<World, typeof Symbol.asyncDispose>> {
  const watch = new ListenerWatch();
  cleanups.push(() => watch[Symbol.dispose]());
  const box = await startContainer((data) => ({ data }));
  cleanups.push(() => box[Symbol.asyncDispose]());
  const config = await infernetConfig([{ id: CONTAINER, url: box.url }], { status_ips: ['127.0.0.1'] });
  cleanups.push(() => config[Symbol.asyncDispose]());
  const network = await createTestNetwork({
    nodes: 1,
    // Whatever changes the books must come from a request.
    coordinator: { egressAllow: ['127.0.0.1:9'], uptimeCreditsPerHour: '0' },
    node: { infernet: { configPath: config.path } },
  });
  cleanups.push(() => network[Symbol.asyncDispose]());
  await startModels(network, cleanups);
  keepAlive([await startMiner(network), await startVictim(network)], cleanups);
  const books = new BooksView(network.home);
  cleanups.push(() => books[Symbol.dispose]());
  const callers = await makeCallers(network);
  const operations = await operationsOf(watch.list());
  const known = await knowledgeOf(network, callers, operations);
  const quiet = () => until('no job is under way', async () => await isQuiet(network, books));
  await quiet();
  return { network, operations, callers, known, books, quiet };
}

/** A node whose models are an engine's that answers at once. */
async function startModels(network: TestNetwork, cleanups: Cleanup[]): Promise<RunningNode> {
  const engine = await startEngine();
  cleanups.push(() => engine.close());
  const node = await startNode({
    home: join(network.home, 'models'),
    coordinatorUrl: network.url,
    token: network.operatorKey,
    host: '127.0.0.1',
    ports: [],
    services: ['llm', 'embedding'],
    upstream: { url: engine.url },
    installLlama: false,
    logger: createLogger({ level: 'silent' }),
  });
  cleanups.push(() => node.close());
  await until('both services of models are there', async () => {
    const { body } = await network.call('GET', '/v1/models', { key: network.operatorKey });
    const services = new Set(body.data.map((model: { plexus: { service: string } }) => model.plexus.service));
    return services.size === 2;
  });
  return node;
}

/** A miner with all that has an endpoint of its own, done at once. */
async function startMiner(network: TestNetwork): Promise<RawNode> {
  const services = ['whisper', 'stable_diffusion', 'ffmpeg', 'blender'].map((id) => ({ id, concurrency: 4 }));
  const miner = await Miner.connect(network.url, { nodeId: 'media', services });
  miner.serve(() => ({ output: '{"done":true}', units: 1 }));
  return miner.raw;
}

async function startVictim(network: TestNetwork): Promise<RawNode> {
  const victim = await RawNode.join(network.url, { nodeId: VICTIM, capability: 'suffer' });
  return victim;
}

/** Nodes that say nothing of their own are lost after a while. */
function keepAlive(nodes: readonly RawNode[], cleanups: Cleanup[]): void {
  const beats = setInterval(() => {
    for (const node of nodes) node.send('HEARTBEAT', {});
  }, HEARTBEAT_SECONDS * 1000);
  cleanups.push(() => {
    clearInterval(beats);
    for (const node of nodes) node.terminate();
  });
}

/** One of everything is made; then whatever can be read is remembered, but for what must live on. */
async function knowledgeOf(
  network: TestNetwork,
  callers: readonly FuzzCaller[],
  operations: readonly Operation[],
): Promise<KnownValues> {
  const known = new KnownValues();
  const { operatorKey } = network;
  const mainKeys = await Promise.all(callers.slice(0, 3).map(({ key }) => listOf(network, '/plexus/v1/keys', key)));
  const nodes = await listOf(network, '/plexus/v1/nodes', operatorKey);
  known.hide(...mainKeys.flat().map(({ id }) => id));
  known.hide(...nodes.map((node) => node['node_id']).filter((id) => id !== VICTIM));
  // Nobody gives anything to the poor client, so that it stays one.
  known.hide(...(mainKeys[2] ?? []).map((key) => key['account_id']));
  const documents = new Set(operations.map(({ document }) => document));
  known.names = [...new Set([...documents].flatMap((document) => [...memberNames(document)]))];
  for (const model of ENGINE_MODELS) known.add('model', model);
  known.add('containers', CONTAINER);
  for (const { key } of callers) if (key !== undefined) await makeOneOfEach(network, key, known);
  await makeFleet(network, known);
  for (const { key } of callers.slice(0, 3)) await readAll(network, operations, known, key);
  return known;
}

/** Somebody who takes part in the fleet, with a worker and a payout. */
async function makeFleet(network: TestNetwork, known: KnownValues): Promise<void> {
  const make = async (path: string, body: object) => {
    const answer = await must(network, 'POST', path, { key: network.operatorKey, body });
    known.harvest(answer.body, path);
    return answer.body;
  };
  const wallet = `0:${'ab'.repeat(32)}`;
  const { id: participant_id } = await make('/api/v1/participants', { ton_wallet_address: wallet });
  known.add('participant_id', participant_id);
  known.add('wallet_address', wallet);
  await make('/api/v1/workers', { participant_id, worker_name: 'known', instance_number: 0, stats_port: 9 });
  await make('/api/v1/payouts', {
    participant_id,
    transaction_hash: 'known',
    amount_ton: 1,
    from_address: 'a',
    to_address: 'b',
    transaction_time: '2025-01-15T10:30:00Z',
  });
}

async function makeOneOfEach(network: TestNetwork, key: string, known: KnownValues): Promise<void> {
  const things: readonly (readonly [string, object])[] = [
    ['/plexus/v1/jobs', { service: 'echo', content: 'known', wait_seconds: 10, callback_url: CALLBACK_URL }],
    ['/v1/chat/completions', { model: 'default', messages: [{ role: 'user', content: 'known' }] }],
    ['/plexus/v1/keys', { label: 'known', role: 'client' }],
    ['/v1/marketplace/offers', { job_type: 'known', price: '0.001', max_jobs: 1000 }],
  ];
  for (const [path, body] of things) {
    const answer = await network.call('POST', path, { key, body });
    if (answer.status < 300) known.harvest(answer.body, path);
    if (answer.status < 300 && 'job_type' in body) await giveOne(network, key, known, answer.body.offer_id);
  }
}

/** Gives a job to an offer. */
async function giveOne(network: TestNetwork, key: string, known: KnownValues, offerId: string): Promise<void> {
  const body = { name: 'known', type: 'echo', input: { text: 'known' }, pricing: { by_offer: true } };
  const { job_id } = (await network.call('POST', '/v1/jobs', { key, body })).body;
  const path = `/v1/marketplace/offers/${offerId}/accept`;
  const answer = await network.call('POST', path, { key, body: { job_id } });
  if (answer.status < 300) known.harvest(answer.body, path);
}

async function readAll(
  network: TestNetwork,
  operations: readonly Operation[],
  known: KnownValues,
  key: string | undefined,
) {
  for (const { method, path, url, isDocumented, parameters } of operations) {
    const needsMore = parameters.some(({ required }) => required);
    if (method !== 'GET' || !isDocumented || needsMore || url !== network.url) continue;
    known.harvest((await network.call('GET', path, key === undefined ? {} : { key })).body, path);
  }
}

async function listOf(
  network: TestNetwork,
  path: string,
  key: string | undefined,
): Promise<readonly Record<string, unknown>[]> {
  return (await must(network, 'GET', path, key === undefined ? {} : { key })).body.items;
}

/** Cancels what waits for a node that is not there. */
async function isQuiet(network: TestNetwork, books: BooksView): Promise<boolean> {
  if (books.openJobs().length === 0) return true;
  const key = network.operatorKey;
  for (const { id } of await listOf(network, '/plexus/v1/jobs?all=true&state=queued', key)) {
    await network.call('POST', `/plexus/v1/jobs/${String(id)}/cancel`, { key });
  }
  return false;
}
