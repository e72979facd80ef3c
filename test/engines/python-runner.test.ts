/** The runner of Python programs keeps to what every runner does. */
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSandboxSource, type JobFiles, openPython, RunError, type Runner } from '@plexus/runners';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tarGz } from '../../packages/runners/test/archives.ts';
import { failureOf, recorder, runnerConformance } from '../../packages/runners/test/runner-conformance.ts';
import { folder } from '../../packages/runners/test/unpacking.ts';

const PROGRAMS = {
  good: 'import json, sys\nprint("PROGRESS 40")\nprint(json.dumps({"got": json.load(sys.stdin)}))',
  slow: 'import time\ntime.sleep(1000)',
};

/** Files of a job that stand in the test's own memory. */
const files: JobFiles = {
  fetchBundle: async (sha256, path) =>
    await writeFile(
      path,
      tarGz([{ name: 'main.py', content: sha256.startsWith('a') ? PROGRAMS.good : PROGRAMS.slow }]),
    ),
  keepOutput: () => Promise.reject(new Error('these programs make no files')),
};

const quiet = { sandbox: createSandboxSource(), signal: new AbortController().signal, onProgress: () => undefined };

/** A runner whose runs find these files whatever context they are given. */
async function open(): Promise<Runner> {
  const runner = await openPython({ ...quiet, concurrency: 2 });
  return { ...runner, run: (request, context) => runner.run(request, { ...context, files }) };
}

const request = (letter: string) => ({
  content: '{"n": 1}',
  params: { entrypoint: 'main.py', bundle: letter.repeat(64), timeout_seconds: 30 },
});

runnerConformance('python', open, {
  good: request('a'),
  slow: request('b'),
  stopAt: 'start',
  stopWithinMs: 2000,
  largeCharacters: 5_000_000,
});

describe('the runner of Python programs', () => {
  let runner: Runner;
  beforeAll(async () => {
    runner = await open();
  }, 30_000);
  afterAll(() => runner.close());

  it('tells its progress and the facts of the run', async () => {
    const recorded = recorder();
    const { output, units, metadata } = await runner.run(request('a'), recorded.context);
    expect(JSON.parse(output)).toEqual({ got: { n: 1 } });
    expect(recorded.percents).toEqual([40, 100]);
    expect(units).toBeGreaterThanOrEqual(1);
    expect(metadata).toMatchObject({
      bundle: 'a'.repeat(64),
      engine: expect.stringMatching(/^Python 3\.\d+.* in bubblewrap/),
    });
  });

  it('refuses packages that are not here in words that send the job elsewhere', async () => {
    const { content, params } = request('a');
    const asked = { content, params: { ...params, requirements: ['no-such-package>=1'] } };
    const error = await failureOf(runner.run(asked, recorder().context));
    expect(error).toMatchObject({ code: 'PACKAGE_NOT_FOUND', retryable: true });
    expect(error.message).toBe('This node lacks packages: no-such-package is not installed');
  });

  it('offers what can be imported, and of that only what it is told to', async () => {
    expect(runner.features).toContain('python:numpy');
    const said: string[] = [];
    const narrow = await openPython({ ...quiet, packages: ['NumPy', 'absent'], onProgress: (text) => said.push(text) });
    await narrow.close();
    expect(narrow.features).toEqual(['python:numpy']);
    expect(said).toEqual(['python: absent cannot be imported here']);
  });

  it('ends what runs when it is closed', async () => {
    const closing = await open();
    const running = failureOf(closing.run(request('b'), recorder().context));
    await closing.close();
    expect(await running).toBeInstanceOf(RunError);
  });
});

it('says what is missing where a Python is none', async () => {
  const path = join(await folder(), 'python3');
  await copyFile('/bin/true', path);
  const error: unknown = await openPython({ ...quiet, interpreter: path }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ message: expect.stringContaining('is no Python 3'), remedy: `${path} --version` });
});
