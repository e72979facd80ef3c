import { afterAll } from 'vitest';
import { describeEndpoints } from './endpoint-suite.ts';
import { plainRun } from './settings.ts';
import { describeWire } from './wire-suite.ts';
import { createWorld } from './world.ts';

const world = await createWorld();
afterAll(() => world[Symbol.asyncDispose]());

describeEndpoints(world, plainRun());
describeWire(world, plainRun());
