import { expect, it } from 'vitest';
import { createWorld, DELIVERED, failed } from './webhook-world.ts';

const DAY_MS = 24 * 3_600_000;

it('sends what is due once, and says what became of it', async () => {
  const { endJob, look, sent, stateOf, outcomes } = await createWorld();
  const id = await endJob('a.example');
  await look();
  await look();
  expect(sent.map(({ delivery }) => [delivery.id, delivery.attempts])).toEqual([[id, 1]]);
  await sent[0]?.answer(DELIVERED);
  expect([await stateOf(id), outcomes]).toEqual(['delivered', ['delivered']]);
  await look();
  expect(sent).toHaveLength(1);
});

it('sends what failed again later, under the same id, and gives it up after a day', async () => {
  const { endJob, look, sent, books, outcomes, pass, stateOf } = await createWorld();
  const id = await endJob('a.example');
  let passedMs = 0;
  for (let minutes = 0; (await stateOf(id)) === 'pending' && minutes < 3000; minutes++) {
    await look();
    await sent.splice(0)[0]?.answer(failed());
    pass(60_000);
    passedMs += 60_000;
  }
  expect(outcomes).toEqual([...Array.from({ length: 10 }, () => 'failed'), 'given_up']);
  expect(passedMs).toBeGreaterThan(DAY_MS * 0.95);
  expect(passedMs).toBeLessThan(DAY_MS * 1.05);
  expect(await books.read.findDelivery(id)).toMatchObject({ attempts: 11, lastStatus: 500, lastError: 'HTTP 500' });
});

it('gives up at once where the receiver wants no more, and waits where it asks for that', async () => {
  const { endJob, look, sent, books, stateOf, pass } = await createWorld();
  const [gone, busy] = [await endJob('gone.example'), await endJob('busy.example')];
  await look();
  const answerTo = (id: string) => sent.find(({ delivery }) => delivery.id === id)?.answer;
  await answerTo(gone)?.(failed({ status: 410, error: 'HTTP 410', isFinal: true }));
  await answerTo(busy)?.(failed({ status: 429, error: 'HTTP 429', retryAfterMs: 600_000 }));
  expect(await stateOf(gone)).toBe('given_up');
  const { nextAt, createdAt } = (await books.read.findDelivery(busy)) ?? {};
  expect(Number(nextAt) - Number(createdAt)).toBe(600_000);
  pass(599_000);
  await look();
  expect(sent).toHaveLength(2);
});

it('has four under way at one host, and a host that does not answer keeps no other waiting', async () => {
  const { endJob, look, sent } = await createWorld();
  for (let count = 0; count < 50; count++) await endJob('slow.example');
  const other = await endJob('quick.example');
  await look();
  const hosts = sent.map(({ delivery }) => delivery.host);
  expect(hosts.filter((host) => host === 'slow.example')).toHaveLength(4);
  await sent.find(({ delivery }) => delivery.id === other)?.answer(DELIVERED);
  await look();
  expect(sent).toHaveLength(5);
  await sent.find(({ delivery }) => delivery.host === 'slow.example')?.answer(DELIVERED);
  expect(sent).toHaveLength(6);
});

it('gives a host its turn though others that do not answer have more than all places', async () => {
  const { endJob, look, sent } = await createWorld();
  for (let count = 0; count < 160; count++) await endJob(`slow${count % 8}.example`);
  await look();
  await endJob('waits.example');
  await sent[0]?.answer(failed());
  await look();
  expect(sent.map(({ delivery }) => delivery.host).slice(32)).toEqual(['waits.example']);
  await sent[32]?.answer(DELIVERED);
  await look();
  expect(sent).toHaveLength(34);
});

it('has 32 under way in all', async () => {
  const { endJob, look, sent } = await createWorld();
  for (let host = 0; host < 60; host++) await endJob(`h${host}.example`);
  await look();
  await look();
  expect(sent).toHaveLength(32);
  for (let done = 0; done < 60; done++) {
    await sent[done]?.answer(DELIVERED);
    await look();
  }
  expect(sent).toHaveLength(60);
});

it('sends again what was under way when it was stopped, and so does another one after a crash', async () => {
  const { endJob, look, sent, worker, startWorker, stateOf, pass } = await createWorld();
  const id = await endJob('a.example');
  await look();
  const stopping = worker.stop();
  expect(sent[0]?.signal.aborted).toBe(true);
  await sent[0]?.answer(failed({ error: 'aborted: It was given up' }));
  await stopping;
  expect(await stateOf(id)).toBe('pending');
  const next = startWorker();
  await next.look();
  expect(sent).toHaveLength(1);
  pass(5001);
  await next.look();
  expect(sent.map(({ delivery }) => [delivery.id, delivery.attempts])).toEqual([
    [id, 1],
    [id, 2],
  ]);
  await sent[1]?.answer(DELIVERED);
  expect(await stateOf(id)).toBe('delivered');
  await next.stop();
});

it('sends once though two workers look at the same books', async () => {
  const { endJob, look, sent, startWorker } = await createWorld();
  const other = startWorker();
  for (let count = 0; count < 4; count++) await endJob('a.example');
  await Promise.all([look(), other.look()]);
  await look();
  const ids = sent.map(({ delivery }) => delivery.id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { answer } of sent) await answer(DELIVERED);
  await other.stop();
});
