import { expect, it } from 'vitest';
import { createEventBus } from '../../src/events/events.ts';
import type { LeaseDesk } from '../../src/jobs/lease-desk.ts';
import { ConnectedMiners } from '../../src/miners/connected-miners.ts';
import { registerMessage } from '../../src/miners/miner-registration.ts';
import { PollingSession } from '../../src/miners/polling-session.ts';
import type { LiveNode } from '../../src/nodes/live-node.ts';
import { createNodeRegistry } from '../../src/nodes/node-registry.ts';
import { ReadyIndex } from '../../src/scheduling/ready-index.ts';

const clock = () => new Date(0);
const CALLER = { accountId: 'a', keyId: 'key_1', role: 'client', scopes: ['node'], limited: false } as const;
const MACHINE = { services: ['echo'], models: [], packages: [], concurrency: 2 };

/** Time that passes when it is told to. */
function createTime() {
  let now = 0;
  const timers = new Set<{ at: number; run: () => void }>();
  return {
    now: () => now,
    after(milliseconds: number, run: () => void) {
      const timer = { at: now + milliseconds, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    pass(milliseconds: number) {
      const end = now + milliseconds;
      for (;;) {
        const next = [...timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
        if (!next) break;
        timers.delete(next);
        now = next.at;
        next.run();
      }
      now = end;
    },
  };
}

async function createStage() {
  const time = createTime();
  const lost: string[] = [];
  const reader = { findScore: async () => undefined };
  const registry = createNodeRegistry({ reader, index: new ReadyIndex(), events: createEventBus(), clock });
  // Of the desk only this is asked here.
  const desk = { lost: ({ record }) => void lost.push(record.id) } as Pick<LeaseDesk, 'lost'> as LeaseDesk;
  const common = { registry, desk, timers: time, clock, now: time.now };
  const miners = new ConnectedMiners({ ...common, silenceMs: 65_000, isLoopback: false });
  const onPlaces = (miner: LiveNode, places: number) => registry.offerPlaces(miner, places);
  const session = new PollingSession({ token: 't', concurrency: 2, timers: time, onPlaces });
  const record = { id: 'm', accountId: 'a', name: 'm', custodial: false, capabilities: [], languages: [] };
  const node = await registry.connect({ ...record, createdAt: clock() }, registerMessage('m', MACHINE), session);
  session.attach(node);
  miners.put(CALLER.keyId, { session, node, heardAt: time.now() });
  const isReady = () => registry.index.readyFor('echo').some((pool) => pool.length > 0);
  return { time, lost, miners, session, registry, node, isReady };
}

const task = (task_id: string) => ({ task_id, task_type: 'echo', content: '', params: {}, reward: 0 });
const never = new AbortController().signal;

it('a miner that says nothing for 65 seconds is gone, and one that speaks is not', async () => {
  const { time, lost, miners } = await createStage();
  time.pass(60_000);
  miners.get({ caller: CALLER });
  time.pass(65_000);
  expect(lost).toEqual([]);
  time.pass(5_000);
  expect(lost).toEqual(['m']);
  expect(() => miners.get({ caller: CALLER })).toThrow(expect.objectContaining({ code: 'NODE_NOT_FOUND' }));
});

it('an older session and a key that may not are refused', async () => {
  const { miners } = await createStage();
  const refusal = (who: Parameters<typeof miners.get>[0]) => () => miners.get(who);
  expect(refusal({ caller: CALLER, sessionToken: 'old' })).toThrow(
    expect.objectContaining({ code: 'NODE_IDENTITY_REFUSED' }),
  );
  expect(refusal({ caller: { ...CALLER, scopes: ['submit'] } })).toThrow(
    expect.objectContaining({ code: 'FORBIDDEN' }),
  );
});

it('is ready for as many jobs as it has questions open, and no more than it does at once', async () => {
  const { time, session, registry, node, isReady } = await createStage();
  expect(isReady()).toBe(false);
  const polls = [1, 2].map(() => session.poll({ waitMs: 1000, signal: never }));
  expect([isReady(), node.openPlaces]).toEqual([true, 2]);
  registry.takeSlot(node, 'echo', 'job_1');
  registry.takeSlot(node, 'echo', 'job_2');
  expect(isReady()).toBe(false);
  session.assign(task('job_1'));
  session.assign(task('job_2'));
  expect((await Promise.all(polls)).map((one) => one?.task_id)).toEqual(['job_1', 'job_2']);
  const third = session.poll({ waitMs: 1000, signal: never });
  expect(isReady()).toBe(false);
  registry.freeSlot(node, 'echo', 'job_1');
  session.forget('job_1');
  expect(isReady()).toBe(true);
  time.pass(1000);
  expect([await third, isReady()]).toEqual([undefined, false]);
});

it('waits a little longer for a job that is being written for it', async () => {
  const { time, session, registry, node } = await createStage();
  const poll = session.poll({ waitMs: 10, signal: never });
  registry.takeSlot(node, 'echo', 'job_1');
  time.pass(500);
  session.assign(task('job_1'));
  expect(await poll).toMatchObject({ task_id: 'job_1' });
});

it('keeps a job that came when nobody asked any more for the next question, unless it is cancelled', async () => {
  const { session, registry, node } = await createStage();
  for (const id of ['job_1', 'job_2']) {
    registry.takeSlot(node, 'echo', id);
    session.assign(task(id));
  }
  session.cancel('job_1');
  expect(await session.poll({ waitMs: 0, signal: never })).toMatchObject({ task_id: 'job_2' });
  expect(session.takeCancelled()).toEqual([]);
  session.cancel('job_2');
  expect([session.takeCancelled(), session.takeCancelled()]).toEqual([['job_2'], []]);
});

it('of more questions than it has places the oldest is answered, and one whose asker left is closed', async () => {
  const { session, node } = await createStage();
  const leaving = new AbortController();
  const first = session.poll({ waitMs: 1000, signal: never });
  const second = session.poll({ waitMs: 1000, signal: leaving.signal });
  const third = session.poll({ waitMs: 1000, signal: never });
  expect([await first, node.openPlaces]).toEqual([undefined, 2]);
  leaving.abort();
  expect([await second, node.openPlaces]).toEqual([undefined, 1]);
  session.close();
  expect(await third).toBeUndefined();
});
