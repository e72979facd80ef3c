import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { unreadableReason } from '../src/ffmpeg/unreadable.ts';
import { lineReader, runEngine } from '../src/media/engine-run.ts';
import type { Sandbox, SandboxJob, SandboxOutcome } from '../src/sandbox/sandbox.ts';
import { failureOf } from './runner-conformance.ts';

const GOOD: SandboxOutcome = {
  exitCode: 0,
  stopped: undefined,
  stdout: Buffer.alloc(0),
  stderr: 'what it complained of',
  outputs: [],
  usage: { memoryKills: 0, processRefusals: 0, peakMemoryBytes: undefined, cpuMs: undefined },
  elapsedMs: 1,
};

function run(outcome: Partial<SandboxOutcome>, more = {}) {
  const jobs: SandboxJob[] = [];
  const sandbox: Sandbox = {
    description: 'none',
    async run(job) {
      jobs.push(job);
      return { ...GOOD, ...outcome };
    },
    close: async () => undefined,
  };
  const { signal } = new AbortController();
  const running = runEngine(sandbox, { name: 'It', command: ['x'], binds: [], outputFolder: '/o', signal, ...more });
  return { running, jobs };
}

describe('an engine', () => {
  it('that ends well is a success, whatever it complained of', async () => {
    const { running, jobs } = run({});
    expect(await running).toMatchObject({ exitCode: 0 });
    expect(jobs[0]?.limits).toMatchObject({ maxOutputBytes: 256 * 1024 * 1024, processes: 256 });
  });

  it('that could not read its input says what that means, and not where in its memory it failed', async () => {
    const said = (stderr: string) => failureOf(run({ exitCode: 1, stderr }, { meaningOf: unreadableReason }).running);
    expect(
      await said("[hls @ 0x5598470f0340] Format not on whitelist 'mov,mp4'\nfile:/job/film: Invalid argument"),
    ).toMatchObject({
      code: 'INVALID_INPUT',
      message: 'The input is of the kind "hls", which is not taken: it must be one file, and no playlist',
    });
    const invalid = 'file:/job/film: Invalid data found when processing input';
    expect(await said(`[mov,mp4 @ 0x56] moov atom not found\n${invalid}`)).toMatchObject({
      message: 'The input is damaged, or no film or sound: moov atom not found',
    });
    expect(await said(invalid)).toMatchObject({ message: 'The input is damaged, or no film or sound' });
    expect(await said('Conversion failed!')).toMatchObject({
      message: 'It failed with exit code 1: Conversion failed!',
    });
  });

  const kills = (memoryKills: number) => ({ exitCode: 137, usage: { ...GOOD.usage, memoryKills } });
  const limits: readonly (readonly [Partial<SandboxOutcome>, string])[] = [
    [{ stopped: { type: 'time' } }, 'It took longer than 1800 s: what it complained of'],
    [{ stopped: { type: 'printed_too_much' } }, 'It printed more than 33554432 bytes'],
    [{ stopped: { type: 'outputs', message: 'too many' } }, 'It made files that cannot be taken: too many'],
    [kills(1), 'It needed more than 2147483648 bytes of memory'],
    [{ exitCode: 128 + constants.signals.SIGXFSZ }, 'It made more than 268435456 bytes'],
  ];
  for (const [outcome, message] of limits) {
    it(`is the job's fault at a limit: ${message}`, async () => {
      const error = await failureOf(run(outcome).running);
      expect(error).toMatchObject({ code: 'PROGRAM_FAILED', retryable: false });
      expect(error.message).toContain(message);
    });
  }

  it('that fails is its input’s fault, or its own where it had none', async () => {
    const input = await failureOf(run({ exitCode: 1, stderr: '' }).running);
    expect(input).toMatchObject({ code: 'INVALID_INPUT', message: 'It failed with exit code 1' });
    const own = await failureOf(run({ exitCode: 1 }, { blame: 'ENGINE_FAILED' }).running);
    expect(own).toMatchObject({ code: 'ENGINE_FAILED', retryable: true });
  });
});

it('reads lines as they are printed, also those that only a carriage return ends', () => {
  const lines: string[] = [];
  const read = lineReader((line) => lines.push(line));
  for (const text of ['fra', 'me=1\nout', '=2\r\nSample 1\rSam', 'ple 2\n']) read(Buffer.from(text));
  expect(lines.filter((line) => line !== '')).toEqual(['frame=1', 'out=2', 'Sample 1', 'Sample 2']);
});
