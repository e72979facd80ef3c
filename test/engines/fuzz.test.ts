/** The long form of test/fuzz: some minutes, from another seed for each commit, which a failure prints. */
import { afterAll, describe } from 'vitest';
import { describeAccess } from '../fuzz/access-suite.ts';
import { describeEndpoints } from '../fuzz/endpoint-suite.ts';
import { describeKept } from '../fuzz/kept-suite.ts';
import { longRun } from '../fuzz/settings.ts';
import { describeSockets } from '../fuzz/socket-suite.ts';
import { describeWire } from '../fuzz/wire-suite.ts';
import { createWorld } from '../fuzz/world.ts';

const run = longRun();
const world = await createWorld();
afterAll(() => world[Symbol.asyncDispose]());

describe(`endpoints, from seed ${run.seed}`, () => {
  describeAccess(world, run);
  describeEndpoints(world, run);
  describeKept(world, run);
  describeWire(world, run);
});
describe(`sockets, from seed ${run.seed}`, () => describeSockets(run));
