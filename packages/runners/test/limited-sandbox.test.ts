/** Programs share what the operator leaves them of the machine. */
import { describe, expect, it } from 'vitest';
import { RunError } from '../src/runner.ts';
import { limitSandbox } from '../src/sandbox/limited-sandbox.ts';
import type { Sandbox, SandboxJob, SandboxOutcome } from '../src/sandbox/sandbox.ts';

const LIMITS = {
  cpuMillis: 2000,
  memoryBytes: 100,
  processes: 1,
  timeoutMs: 1000,
  maxPrintedBytes: 1,
  maxOutputBytes: 1,
  maxOutputFiles: 1,
};

/** Programs that run until they are told to end. */
function createWorld() {
  const share = { cpu: 1000, memory: 150 };
  const running: { readonly limits: SandboxJob['limits']; end(exitCode: number, memoryKills: number): void }[] = [];
  const inner: Sandbox = {
    description: 'a sandbox',
    close: async () => undefined,
    run: ({ limits }) =>
      new Promise<SandboxOutcome>((resolve) => {
        running.push({ limits, end: (exitCode, memoryKills) => resolve(outcomeOf(exitCode, memoryKills)) });
      }),
  };
  const source = limitSandbox(
    { open: async () => ({ available: true, sandbox: inner }) },
    { cpuMillis: () => share.cpu, memoryBytes: () => share.memory },
  );
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  /** Begins a program, and tells how it ended. */
  async function start(memoryBytes: number, signal = new AbortController().signal) {
    const found = await source.open();
    if (!found.available) return expect.unreachable();
    const job = { command: [], binds: [], cwd: '/', env: {}, input: '', outputFolder: '/', signal };
    const outcome = found.sandbox.run({ ...job, limits: { ...LIMITS, memoryBytes } });
    const ended = outcome.then(
      ({ exitCode }) => exitCode,
      (error: unknown) => (error instanceof RunError ? `${error.code}: ${error.message}` : error),
    );
    await settled();
    return { ended };
  }

  return {
    share,
    start,
    limits: () => running.map((one) => one.limits),
    memory: () => running.map((one) => one.limits.memoryBytes),
    end: async (at: number, exitCode = 0, memoryKills = 0) => {
      running[at]?.end(exitCode, memoryKills);
      await settled();
    },
  };
}

function outcomeOf(exitCode: number, memoryKills: number): SandboxOutcome {
  const usage = { memoryKills, processRefusals: 0, peakMemoryBytes: 0, cpuMs: 0 };
  return { exitCode, usage, stopped: undefined, stdout: Buffer.alloc(0), stderr: '', outputs: [], elapsedMs: 1 };
}

describe('a sandbox with a share of the machine', () => {
  it('gives a program no more than the share, as that is when the program begins', async () => {
    const { share, start, limits, end } = createWorld();
    await start(500);
    expect(limits()[0]).toEqual({ ...LIMITS, cpuMillis: 1000, memoryBytes: 150 });
    await end(0);
    Object.assign(share, { cpu: 3000, memory: 1000 });
    await start(500);
    expect(limits()[1]).toEqual({ ...LIMITS, memoryBytes: 500 });
  });

  it('lets a program that does not fit beside others wait, and those behind it', async () => {
    const { start, memory, end } = createWorld();
    for (const bytes of [100, 100, 10, 90]) await start(bytes);
    expect(memory()).toEqual([100]);
    await end(0);
    expect(memory()).toEqual([100, 100, 10]);
    await end(1);
    expect(memory()).toEqual([100, 100, 10, 90]);
  });

  it('lets nobody wait who has gone away, nor for one who has', async () => {
    const { start, memory } = createWorld();
    await start(100);
    const leaving = new AbortController();
    const [gone] = [await start(100, leaving.signal), await start(50)];
    expect(memory()).toEqual([100]);
    leaving.abort(new Error('The client went away'));
    expect(await gone.ended).toContain('CANCELLED');
    expect(memory()).toEqual([100, 50]);
  });

  it('says so when the share was too little, for another node may have enough', async () => {
    const { start, end } = createWorld();
    const [short, failed] = [await start(500), await start(150)];
    await end(0, 137, 1);
    expect(await short.ended).toBe('LIMIT_EXCEEDED: It needed more than the 150 bytes of memory that this node gives');
    await end(1, 137, 1);
    expect(await failed.ended).toBe(137);
  });
});
