import { afterAll, describe } from 'vitest';
import { describeAccess } from './access-suite.ts';
import { describeEndpoints } from './endpoint-suite.ts';
import { describeKept } from './kept-suite.ts';
import { plainRun } from './settings.ts';
import { describeWire } from './wire-suite.ts';
import { createWorld } from './world.ts';

const world = await createWorld();
afterAll(() => world[Symbol.asyncDispose]());

describe('access', () => describeAccess(world, plainRun()));
describe('requests', () => describeEndpoints(world, plainRun()));
describe('kept connections', () => describeKept(world, plainRun()));
describe('bytes', () => describeWire(world, plainRun()));
