import type { InfernetSite } from '@plexus/protocol';
import { describe, expect, it } from 'vitest';
import { cheapest } from '../../src/jobs/node-containers.ts';
import { createEventBus } from '../../src/events/events.ts';
import { createNodeRegistry } from '../../src/nodes/node-registry.ts';
import { ReadyIndex } from '../../src/scheduling/ready-index.ts';
import { createScheduler } from '../../src/scheduling/scheduler.ts';
import { silentSession } from '../nodes/silent-session.ts';

const clock = () => new Date(0);

interface Offer {
  readonly service: string;
  readonly concurrency?: number;
  readonly models?: string[];
  readonly features?: string[];
  readonly languages?: string[];
  /** Names of its graphics processors; absent where it does not say what it has. */
  readonly gpus?: string[];
  /** Micro-credits that its containers ask, by their ids. */
  readonly prices?: Readonly<Record<string, string>>;
  /** Services that it is about to offer. */
  readonly settingUp?: string[];
}

/** Nodes 0, 1, 2 … with one offer each, and a count of how often one of them was looked at. */
async function worldOf(offers: readonly Offer[], pending: Readonly<Record<string, number>> = {}) {
  const index = new ReadyIndex();
  const reader = { findScore: async () => undefined };
  const registry = createNodeRegistry({ reader, index, events: createEventBus(), clock });
  let looks = 0;
  for (const [number, offer] of offers.entries()) {
    const { service, concurrency = 2, models = [], features = [], languages = [], gpus, prices } = offer;
    const id = String(number);
    const record = {
      id,
      accountId: id,
      name: id,
      custodial: false,
      capabilities: [service],
      languages,
      createdAt: clock(),
    };
    const offered = { id: service, concurrency, models, features };
    const resources = gpus && {
      cpu_millis: 1000,
      memory_bytes: 1,
      gpus: gpus.map((name) => ({ name, memory_bytes: 1 })),
    };
    const infernet = prices && siteOf(prices);
    const base = { version: 1, public_key: '', services: [offered], resume: [], ...(infernet && { infernet }) };
    const protocol = { ...base, setting_up: offer.settingUp ?? [], ...(resources && { resources }) };
    const node = await registry.connect(record, { node_id: id, protocol }, silentSession());
    // The first thing that is asked of a node, whatever the task.
    Object.defineProperty(node, 'draining', { get: () => (looks++, false) });
  }
  const pendingFor = (nodeId: string, containerId: string): number => pending[`${nodeId} ${containerId}`] ?? 0;
  const scheduler = createScheduler({ index, clock, random: () => 0, pendingFor });
  const tried = new Set<string>();
  return {
    registry,
    scheduler,
    ask: (service: string, params = {}, features: readonly string[] = []) => ({
      service,
      params,
      tried,
      demands: { features },
    }),
    looksAt: (work: () => unknown) => {
      looks = 0;
      work();
      return looks;
    },
  };
}

function siteOf(prices: Readonly<Record<string, string>>): InfernetSite {
  const rest = { image: '', external: true, generates_proofs: false, timeout_seconds: 180, max_pending: 1 };
  const containers = Object.entries(prices).map(([id, price]) => ({ ...rest, id, price_micro: price }));
  return { containers, refusal_status: 400, result_seconds: 60 };
}

const many = (offer: Offer, last: Offer): Offer[] => [...Array<Offer>(500).fill(offer), last];
const chat = (features: string[], models = ['common']): Offer => ({ service: 'llm', models, features });
const LAST = '500';

describe('one node of many can do it', () => {
  const translate = (languages: string[]) => ({ service: 'translate', languages });
  const english = { source_language: 'is', target_language: 'en' };

  it.each([
    { what: 'a model', offers: many(chat([]), chat([], ['rare'])), asked: ['llm', { model: 'rare' }] as const },
    {
      what: 'an ability',
      offers: many(chat(['tools']), chat(['tools', 'json'])),
      asked: ['llm', { model: 'common' }, ['tools', 'json']] as const,
    },
    {
      what: 'a language',
      offers: many(translate(['en', 'de']), translate(['en-GB', 'is-IS'])),
      asked: ['translate', english] as const,
    },
  ])('$what: it is found without a look at the others', async ({ offers, asked: [service, params, features] }) => {
    const { scheduler, ask, looksAt } = await worldOf(offers);
    const placement = ask(service, params, features);
    expect(looksAt(() => expect(scheduler.isPossible(placement)).toBe(true))).toBeLessThan(10);
    expect(looksAt(() => expect(scheduler.choose(placement).node?.record.id).toBe(LAST))).toBeLessThan(20);
  });

  it('a graphics processor: it is found without a look at the others, and counted', async () => {
    const { scheduler, ask, looksAt } = await worldOf(
      many({ service: 'python' }, { service: 'python', gpus: ['RTX'] }),
    );
    const placement = (gpus: number) => ({ ...ask('python'), demands: { resources: { gpus } } });
    expect(looksAt(() => expect(scheduler.isPossible(placement(1))).toBe(true))).toBeLessThan(10);
    expect(looksAt(() => expect(scheduler.choose(placement(1)).node?.record.id).toBe(LAST))).toBeLessThan(20);
    expect(scheduler.isPossible(placement(2))).toBe(false);
  });

  it('is refused without a look at all where nobody can, and still says why', async () => {
    const { scheduler, ask, looksAt } = await worldOf(many(chat(['tools']), chat(['tools'])));
    const placement = ask('llm', { model: 'common' }, ['vision']);
    expect(looksAt(() => expect(scheduler.isPossible(placement)).toBe(false))).toBe(0);
    expect(scheduler.unfit(placement)[0]).toBe('0: its engine has no "vision"');
  });
});

it('a node that names no language takes any, and one that is busy or gone none', async () => {
  const translate = (languages: string[]) => ({ service: 'translate', concurrency: 1, languages });
  const { registry, scheduler, ask } = await worldOf([translate(['en', 'de']), translate([])]);
  const placement = ask('translate', { source_language: 'en', target_language: 'is' });
  const [chosen, other] = [registry.find('1'), registry.find('0')];
  expect(scheduler.choose(placement).node).toBe(chosen);
  if (!chosen || !other) throw new Error('Both nodes are connected');
  registry.takeSlot(chosen, 'translate', 'job');
  expect(scheduler.choose(placement).node).toBeUndefined();
  expect(scheduler.isPossible(placement)).toBe(true);
  registry.freeSlot(chosen, 'translate', 'job');
  expect(scheduler.choose(placement).node).toBe(chosen);
  registry.disconnect(chosen.session, '1');
  expect(scheduler.isPossible(placement)).toBe(false);
});

it('a full node is ready again as soon as one of its places is free', async () => {
  const { registry, scheduler, ask } = await worldOf([{ service: 'echo', concurrency: 2 }]);
  const [node] = registry.list();
  if (!node) throw new Error('The node is connected');
  for (const job of ['a', 'b']) registry.takeSlot(node, 'echo', job);
  expect(scheduler.hasRoom('echo')).toBe(false);
  registry.freeSlot(node, 'echo', 'a');
  expect(scheduler.choose(ask('echo')).node).toBe(node);
  registry.freeSlot(node, 'echo', 'a');
  registry.takeSlot(node, 'echo', 'c');
  expect(scheduler.hasRoom('echo')).toBe(false);
});

it('a choice says what ruled the others out, also those that it need not look at', async () => {
  const translate = (languages: string[]) => ({ service: 'translate', concurrency: 1, languages });
  const { registry, scheduler, ask } = await worldOf([translate(['en', 'is']), translate(['de']), translate([])]);
  const busy = registry.find('0');
  if (!busy) throw new Error('The node is connected');
  registry.takeSlot(busy, 'translate', 'job');
  const { decision } = scheduler.choose(ask('translate', { target_language: 'is' }));
  expect(decision).toMatchObject({ chosen: '2', notConsidered: 0 });
  expect(decision.considered).toEqual([
    { nodeId: '2', score: expect.any(Number), parts: expect.any(Object) },
    { nodeId: '0', parts: {}, ruledOut: 'at capacity' },
    { nodeId: '1', parts: {}, ruledOut: 'does not speak "is"' },
  ]);
});

it('equal nodes have their turns one after the other', async () => {
  const { scheduler, ask } = await worldOf(Array<Offer>(40).fill({ service: 'echo' }));
  const chosen = Array.from({ length: 80 }, () => scheduler.choose(ask('echo')).node?.record.id);
  expect(new Set(chosen.slice(0, 40)).size).toBe(40);
  expect(chosen.slice(40)).toEqual(chosen.slice(0, 40));
});

it('no node works with containers that it keeps, for an accepted offer neither, but for what it has agreed to', async () => {
  const { scheduler, ask, registry } = await worldOf([{ service: 'container', prices: { open: '1', kept: '1' } }]);
  const [node] = registry.list();
  const kept = node?.infernet?.containers.find(({ id }) => id === 'kept');
  Object.assign(kept ?? {}, { allowed_ips: ['10.0.0.0/8'] });
  const work = { ...ask('container', { containers: ['open', 'kept'] }), unitPrice: 2n };
  expect(scheduler.choose({ ...work, params: { containers: ['open'] } }).node).toBe(node);
  expect(scheduler.choose(work).node).toBeUndefined();
  expect(scheduler.choose({ ...work, demands: { offerId: 'o', only: ['0'] } }).node).toBeUndefined();
  expect(scheduler.choose({ ...work, demands: { agreed: true, only: ['0'] } }).node).toBe(node);
});

it('says of the nodes that a client asks for that none is there, not that nobody offers the service', async () => {
  const { scheduler, ask } = await worldOf([{ service: 'llm' }]);
  expect(scheduler.unfit({ ...ask('llm'), demands: { only: ['gone'] } })).toEqual([
    'none of the nodes that were asked for offers "llm" now',
  ]);
});

it('says of nodes that they are setting a service up, as long as they do', async () => {
  const { scheduler, ask, registry } = await worldOf([
    { service: 'echo', settingUp: ['llm'] },
    { service: 'llm', models: ['other'] },
  ]);
  const soon = '0: is still setting up "llm"';
  const wanted = ask('llm', { model: 'wanted' });
  expect(scheduler.unfit(wanted)).toEqual(['1: does not serve the model "wanted"', soon]);
  expect(scheduler.unfit({ ...wanted, demands: { only: ['1'] } })).toEqual(['1: does not serve the model "wanted"']);
  const [first, second] = [registry.find('0'), registry.find('1')];
  if (!first || !second) throw new Error('The nodes are gone');
  registry.disconnect(second.session, '1');
  expect(scheduler.unfit(wanted)).toEqual([soon]);
  registry.update(first, first.record, {
    node_id: '0',
    protocol: { version: 1, public_key: '', services: [], resume: [] },
  });
  expect(scheduler.unfit(wanted)).toEqual(['no connected node offers "llm"']);
});

it('no node does for less what its containers cost, but for what it has agreed to', async () => {
  const prices = [{ a: '5', b: '5' }, { a: '2', b: '2' }, { a: '1' }];
  const { scheduler, ask, registry } = await worldOf(prices.map((each) => ({ service: 'container', prices: each })));
  const work = { ...ask('container', { containers: ['a', 'b'] }), service: 'container' };
  expect(cheapest([...registry.list()], work)).toBe(4n);
  expect(scheduler.choose({ ...work, unitPrice: 4n }).node?.record.id).toBe('1');
  expect(scheduler.isPossible({ ...work, unitPrice: 3n })).toBe(false);
  expect(scheduler.unfit({ ...work, unitPrice: 3n })).toEqual([
    '0: asks 0.00001 credits for its containers',
    '1: asks 0.000004 credits for its containers',
    '2: does not have these containers',
  ]);
  expect(scheduler.isPossible({ ...work, unitPrice: 0n, demands: { agreed: true, only: ['0'] } })).toBe(true);
});

it('no node is given more than its containers take, for which other jobs may still wait', async () => {
  const pending = { '0 a': 1, '1 b': 1 };
  const prices = { a: '0', b: '0' };
  const { scheduler, ask } = await worldOf(
    [
      { service: 'container', prices },
      { service: 'container', prices },
    ],
    pending,
  );
  const work = (...containers: string[]) => ask('container', { containers });
  expect(scheduler.choose(work('a')).node?.record.id).toBe('1');
  const both = work('a', 'b');
  expect([scheduler.choose(both).node, scheduler.takesIn(both), scheduler.isPossible(both)]).toEqual([
    undefined,
    false,
    true,
  ]);
  expect(scheduler.unfit(both)).toEqual(['0: has too many jobs for "a"', '1: has too many jobs for "b"']);
  expect(scheduler.choose({ ...both, demands: { agreed: true, only: ['0'] } }).node?.record.id).toBe('0');
});
