/**
 * What the choice of a node costs with ever more of them connected: core's own registry and scheduler, with sessions
 * that lead nowhere. A decision is all that a task asks of them: whether its model is served, whether any node could
 * take it, which one shall, its place taken, its place freed.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { createEventBus, createNodeRegistry, createScheduler, ReadyIndex } from '@plexus/core';
import { serveParent, settingsOfChild, tellParent } from '../child.mjs';
import { median } from '../figures.mjs';
import { SCENARIOS } from './scenarios.mjs';

/** Long enough for the clock, short enough that all sizes have their turn while the machine is as it is. */
const SLICE_MICROSECONDS = 20_000;
const BATCH = 20;

const { counts, slices } = settingsOfChild();
const clock = () => new Date();
const nothing = () => undefined;
/** @type {import('@plexus/core').NodeSession} */
const session = {
  assign: nothing,
  cancel: nothing,
  window: nothing,
  credit: nothing,
  refuse: nothing,
  drain: nothing,
  close: nothing,
};

serveParent({
  async run() {
    const scheduling = [];
    for (const [scenario, { offer, placement }] of Object.entries(SCENARIOS)) {
      const worlds = [];
      for (const nodes of counts) worlds.push({ nodes, decide: decider(await worldOf(nodes, offer), placement) });
      scheduling.push({ scenario, costs: await measure(worlds) });
    }
    tellParent({ type: 'measured', scheduling });
  },
});
tellParent({ type: 'ready' });

/** @param {number} count @param {(number: number, count: number) => import('./scenarios.mjs').Offer} offer */
async function worldOf(count, offer) {
  const index = new ReadyIndex();
  const reader = { findScore: async () => undefined };
  const registry = createNodeRegistry({ reader, index, events: createEventBus(), clock });
  for (let number = 0; number < count; number++) {
    const { service, languages = [], isBusy = false } = offer(number, count);
    const id = `node-${number}`;
    const capabilities = [service.id];
    const record = { id, accountId: id, name: id, custodial: false, capabilities, languages, createdAt: clock() };
    const protocol = { version: 1, public_key: '', services: [service], resume: [] };
    const node = await registry.connect(record, { node_id: id, protocol }, session);
    if (isBusy) for (let job = 0; job < service.concurrency; job++) registry.takeSlot(node, service.id, `busy-${job}`);
  }
  return { registry, scheduler: createScheduler({ index, clock, random: Math.random }) };
}

/** @param {Awaited<ReturnType<typeof worldOf>>} world @param {Pick<import('./scenarios.mjs').Scenario['placement'], 'service' | 'params' | 'demands'>} asked */
function decider({ registry, scheduler }, asked) {
  const placement = { ...asked, tried: new Set() };
  const { service, params, demands } = placement;
  const model = params['model'];
  return () => {
    if (typeof model === 'string') registry.index.models.can(service, model, demands?.features ?? []);
    if (!scheduler.isPossible(placement)) return void scheduler.unfit(placement);
    scheduler.hasRoom(service);
    const { node } = scheduler.choose(placement);
    if (!node) throw new Error(`No node was chosen for ${JSON.stringify(asked)}`);
    registry.takeSlot(node, service, 'job');
    registry.freeSlot(node, service, 'job');
  };
}

/**
 * The sizes have their slices in turns; the first ones, in which code is compiled, do not count.
 *
 * @param {readonly { nodes: number, decide: () => void }[]} worlds
 */
async function measure(worlds) {
  const times = worlds.map(() => /** @type {number[]} */ ([]));
  for (let slice = -Math.ceil(slices / 4); slice < slices; slice++) {
    for (const [at, { decide }] of worlds.entries()) {
      const cost = timeSlice(decide);
      if (slice >= 0) times[at]?.push(cost);
      // So that it hears when it is to stop.
      await turn();
    }
  }
  return worlds.map(({ nodes }, at) => ({ nodes, microseconds: median(times[at] ?? []) }));
}

/** CPU of this process, so that other programs take no part. @param {() => void} decide @returns {number} microseconds for one */
function timeSlice(decide) {
  const begun = process.cpuUsage();
  let made = 0;
  let used = 0;
  while (used < SLICE_MICROSECONDS) {
    for (let one = 0; one < BATCH; one++) decide();
    made += BATCH;
    const { user, system } = process.cpuUsage(begun);
    used = user + system;
  }
  return used / made;
}
