/** Every endpoint of every listener under requests that fit, that nearly fit, and that are meant to harm. */
import { INFERNET_PREFIX, infernetJobEndpoints } from '@plexus/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askAsUsual, restlessness, spendAll } from './aftermath.ts';
import { type Case, casesFor, checkCase, checkTogether } from './endpoint-properties.ts';
import { isHeldBack, type Operation } from './operations.ts';
import { type FuzzRun, runOf } from './settings.ts';
import type { World } from './world.ts';

const DOCS = ['', '/', '/start.js', '/swagger-ui.css', '/swagger-ui-bundle.js', '/favicon-32x32.png'];
/** Routes that no OpenAPI document speaks of. Any other one must be documented, so that it is fuzzed as it is meant. */
const LOOKED_AT = [
  '/',
  '/healthz',
  '/readyz',
  '/metrics',
  '/jsonstats',
  '/openapi.json',
  '/favicon.ico',
  ...DOCS.map((file) => `/docs${file}`),
];
/** Files: nodes' under their lease, downloads by their unguessable address, and the second path of uploads. */
const LEASE = '/plexus/v1/leases/{jobId}/{epoch}';
const FILES = [`${LEASE}/bundle`, `${LEASE}/outputs`, '/artifacts/{token}/*', '/api/v1/bundles'];
/** What nodes alone may call, with their pass: their clients call the same at a node, which has a document of it. */
const FOR_NODES = [
  ...Object.values(infernetJobEndpoints).map(({ path }) => INFERNET_PREFIX + path),
  '/plexus/node/openapi.json',
  '/docs/{file}',
];
const UNDOCUMENTED = [...LOOKED_AT, ...FILES, ...FOR_NODES];
/** Operations that no request here is granted, and why. */
const OUT_OF_REACH: Readonly<Record<string, string>> = {
  cancelJob: 'no job of this network runs long enough',
  aitbc_cancelJob: 'likewise',
  sendNeuro: 'few callers know an address that is one, and have what they send',
  stakeNeuro: 'an amount and a time that fit each other come by little chance',
  unstakeNeuro: 'no stake is free before its day',
  createPayout: 'a participant, a new hash and times in order come together by little chance',
  createContainerJob: 'only its name makes a container, and few callers are let to it',
  streamContainerJob: 'likewise',
  acceptOffer: 'no job of this network waits',
  watchContainerJob: 'few callers have a job of its kind, and not even an operator sees those of others',
  setJobStatus: 'nobody comes by a UUID by chance',
  heartbeatMiner: 'no miner of its callers is registered',
  submitResult: 'no job of this network is polled',
  failJob: 'likewise',
  planPayouts: 'hours of a time that is over come by no chance',
  getPayoutPlan: 'there is none',
  cancelPayoutPlan: 'likewise',
  signPayout: 'likewise',
  settlePayout: 'likewise',
  loginWithWallet: 'nobody here has a wallet to sign with',
  getNodeWellbeing: 'its node is unwell for some seconds when the machine is too slow for the other one to answer it',
  drainNode: 'its node may be drained, and gone, before the request that is granted comes',
};
/** How many more are sent, at most, where chance had not one granted: so many that it is no chance any more. */
const UNTIL_GRANTED = 200;
/** How often some requests are sent at once. */
const TOGETHER = 20;
const TIMEOUT_MS = 900_000;

/** Where more can be said, more can be said wrongly. */
function casesOf({ isDocumented, parameters, body, takesFile }: Operation): number {
  return isDocumented ? 8 + 6 * parameters.length + (body || takesFile ? 20 : 0) : 3;
}

function isReachable({ id, isDocumented }: Operation): boolean {
  return isDocumented && !(id in OUT_OF_REACH);
}

/** Checks an operation under all its cases, and says whether one was granted. */
async function isGranted(operation: Operation, world: World, run: FuzzRun): Promise<boolean> {
  let isTaken = false;
  const cases = casesFor(operation, world);
  const check = async (one: Case): Promise<void> => {
    const status = await checkCase(one, operation, world);
    isTaken ||= status !== undefined && status < 300;
  };
  await fc.assert(fc.asyncProperty(cases, check), runOf(run, casesOf(operation)));
  if (isTaken || !isReachable(operation)) return isTaken;
  const more = fc.asyncProperty(cases, async (one) => {
    if (!isTaken) await check(one);
  });
  await fc.assert(more, runOf({ ...run, seed: run.seed + 1 }, UNTIL_GRANTED));
  return isTaken;
}

export function describeEndpoints(world: World, run: FuzzRun): void {
  const operations = world.operations.filter((operation) => !isHeldBack(operation));
  const taken = new Set<string>();
  const nameOf = ({ listener, method, path }: Operation) => `${listener}: ${method} ${path}`;

  it('every route is documented, but for those that need not be', () => {
    const bare = operations.filter(({ isDocumented, path }) => !isDocumented && !UNDOCUMENTED.includes(path));
    expect(bare.map(nameOf)).toEqual([]);
  });

  it.each(operations.map((operation) => [nameOf(operation), operation] as const))(
    '%s',
    async (name, operation) => {
      if (await isGranted(operation, world, run)) taken.add(name);
    },
    TIMEOUT_MS,
  );

  it(
    "requests at once do not come in each other's way",
    async () => {
      const each = operations.map((operation) => casesFor(operation, world).map((one) => [one, operation] as const));
      const cases = fc.array(fc.oneof(...each), { minLength: 2, maxLength: 12, size: 'max' });
      const property = fc.asyncProperty(cases, (all) => checkTogether(all, world));
      await fc.assert(property, runOf(run, TOGETHER));
    },
    TIMEOUT_MS,
  );

  describe('afterwards', () => {
    it('every operation was granted at least once', () => {
      expect(
        operations
          .filter(isReachable)
          .map(nameOf)
          .filter((name) => !taken.has(name)),
      ).toEqual([]);
    });

    it('the network works as usual, and nothing is left over', async () => {
      await askAsUsual(world);
      await world.quiet();
      expect(world.books.imbalance()).toBeUndefined();
      for (const figure of await restlessness(world)) expect(figure).toMatch(/ 0$/);
    });

    it('what a client has can be spent', async () => {
      const poor = world.callers.find(({ name }) => name === 'poor client');
      expect(await spendAll(world, poor?.key ?? '')).toBeGreaterThan(0);
    });
  });
}
