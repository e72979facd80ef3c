import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Sandbox, SandboxJob, SandboxOutcome } from '../src/sandbox/sandbox.ts';
import { selfTest } from '../src/sandbox/self-test.ts';

const { signal } = new AbortController();

/** A sandbox in which the first job is the probes and the second one takes memory. */
function sandboxOf(probes: Partial<SandboxOutcome>, greedy: Partial<SandboxOutcome>): Sandbox {
  const usage = { peakMemoryBytes: 1, cpuMs: 1, memoryKills: 1, processRefusals: 0 };
  const good: SandboxOutcome = {
    exitCode: 0,
    stopped: undefined,
    stdout: Buffer.from('done\n'),
    stderr: '',
    outputs: [{ name: 'probe', path: 'probe', sizeBytes: 7 }],
    usage,
    elapsedMs: 1,
  };
  let runs = 0;
  return {
    description: 'scripted',
    async run({ outputFolder }: SandboxJob) {
      runs += 1;
      if (runs === 1) await writeFile(join(outputFolder, 'probe'), 'result');
      return { ...good, ...(runs === 1 ? probes : greedy) };
    },
    close: async () => undefined,
  };
}

async function verdict(probes: Partial<SandboxOutcome>, greedy: Partial<SandboxOutcome> = {}): Promise<string> {
  try {
    await selfTest(sandboxOf(probes, greedy), signal);
    return 'passed';
  } catch (error) {
    return String(error);
  }
}

describe('the self-test', () => {
  test('passes a sandbox that keeps its word', async () => {
    expect(await verdict({})).toBe('passed');
  });

  test('says every leak', async () => {
    const stdout = Buffer.from('leak: a job has a network\nleak: a job can write to /\ndone\n');
    expect(await verdict({ stdout })).toContain('does not isolate: a job has a network; a job can write to /');
  });

  test('does not take silence for isolation', async () => {
    const stderr = 'bwrap: setting up uid map: Permission denied\n';
    expect(await verdict({ exitCode: 1, stdout: Buffer.alloc(0), stderr })).toContain('setting up uid map: Permission');
    expect(await verdict({ stdout: Buffer.from('') })).toContain('does not start');
  });

  test('wants files to come out, and memory to have an end', async () => {
    expect(await verdict({ outputs: [] })).toContain('cannot be brought out');
    const usage = { peakMemoryBytes: 1, cpuMs: 1, memoryKills: 0, processRefusals: 0 };
    expect(await verdict({}, { usage })).toContain('Memory is not limited');
  });
});
