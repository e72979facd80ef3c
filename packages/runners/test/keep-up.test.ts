import { describe, expect, it, onTestFinished } from 'vitest';
import { EngineError } from '../src/oci/engine-error.ts';
import { tellingOutage } from '../src/oci/find-engine.ts';
import { type KeptProcess, keepUp } from '../src/oci/keep-up.ts';

interface Fake extends KeptProcess {
  readonly end: (how: string) => void;
  isClosed: boolean;
}

function fake(): Fake {
  let end: (how: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => (end = resolve));
  const process: Fake = {
    ended,
    end,
    isClosed: false,
    async close() {
      process.isClosed = true;
      end('SIGTERM');
    },
  };
  return process;
}

/** A process that is kept up; each start takes the next of these, and fails where it is an error. */
function world(starts: readonly (Fake | Error)[]) {
  const said: string[] = [];
  const outages: (string | undefined)[] = [];
  const [first, ...others] = [fake(), ...starts];
  const kept = keepUp(first, {
    name: 'It',
    async start() {
      outages.push(kept.outage());
      const next = others.shift();
      if (next === undefined || next instanceof Error) throw next ?? new Error('no more');
      return next;
    },
    onProgress: (text) => said.push(text),
  });
  onTestFinished(() => kept.close());
  return { kept, first, said, outages };
}

describe('a process that is kept up', () => {
  it('is started again whenever it ends, and says meanwhile why it is not there', async () => {
    const [second, third] = [fake(), fake()];
    const { kept, first, said, outages } = world([second, third]);
    expect(kept.outage()).toBeUndefined();
    first.end('SIGKILL');
    await expect.poll(() => said.at(-1)).toBe('It runs again');
    expect(kept.outage()).toBeUndefined();
    second.end('exit code 1');
    await expect.poll(() => said.length).toBe(4);
    expect(outages).toEqual([
      'It has ended (SIGKILL) and is being started again',
      'It has ended (exit code 1) and is being started again',
    ]);
    expect(said).toEqual([outages[0], 'It runs again', outages[1], 'It runs again']);
  });

  it('is tried again until it starts, and told of once', async () => {
    const { kept, first, said, outages } = world([new Error('no memory'), fake()]);
    first.end('SIGKILL');
    await expect.poll(() => said.at(-1)).toBe('It runs again');
    expect(said).toHaveLength(2);
    expect(outages[1]).toBe('It has ended and cannot be started again: no memory');
    expect(kept.outage()).toBeUndefined();
  });
});

describe('a process that was kept up and is closed', () => {
  it('is not started again', async () => {
    const { kept, first, said, outages } = world([fake()]);
    await kept.close();
    expect([first.isClosed, said, outages]).toEqual([true, [], []]);
  });

  it('while it is started again is not left behind', async () => {
    const next = fake();
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    let starts = 0;
    const first = fake();
    const kept = keepUp(first, {
      name: 'It',
      async start() {
        starts += 1;
        await gate;
        return next;
      },
      onProgress: () => undefined,
    });
    first.end('SIGKILL');
    await expect.poll(() => starts).toBe(1);
    const closed = kept.close();
    go();
    await closed;
    expect(next.isClosed).toBe(true);
  });
});

describe('calls of an engine whose process has ended', () => {
  const unreachable = new EngineError('The socket cannot be reached');
  const call = (failure: Error, outage: string | undefined) =>
    tellingOutage({ call: () => Promise.reject(failure) }, { outage: () => outage }).call({ method: 'GET', path: '/' });

  it('say so', async () => {
    await expect(call(unreachable, 'It has ended')).rejects.toMatchObject({
      message: 'It has ended',
      cause: unreachable,
    });
  });

  it('say what the engine said where it did, or was there', async () => {
    await expect(call(unreachable, undefined)).rejects.toBe(unreachable);
    const refusal = new EngineError('no such container', 404);
    await expect(call(refusal, 'It has ended')).rejects.toBe(refusal);
  });
});
