import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installLlama } from '../src/index.ts';
import { withLock } from '../src/install/install-lock.ts';
import { binaryPackage, findLlama } from '../src/llm/install.ts';
import { npmEnvironment } from '../src/install/npm.ts';
import { runProcess } from '../src/process.ts';
import { failureOf } from './runner-conformance.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'plexus-install-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

describe('installation of llama.cpp', () => {
  it('takes the package without a GPU for each platform', () => {
    expect(binaryPackage('linux', 'x64')).toBe('@node-llama-cpp/linux-x64');
    expect(binaryPackage('darwin', 'arm64')).toBe('@node-llama-cpp/mac-arm64-metal');
    expect(binaryPackage('win32', 'x64')).toBe('@node-llama-cpp/win-x64');
    expect(binaryPackage('aix', 'ppc64')).toBeUndefined();
  });

  it('does not take half an installation, or another version, for a good one', async () => {
    expect(await findLlama(home)).toMatchObject({ installed: false });
    const folder = join(home, 'node_modules', 'node-llama-cpp');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'package.json'), '{"version":"3.22.1"}');
    expect(await findLlama(home)).toMatchObject({ installed: false });
  });

  it('gives a reason and leaves nothing behind when it is stopped', async () => {
    const controller = new AbortController();
    const cacheDir = join(home, 'llama');
    const onProgress = () => controller.abort();
    const result = await installLlama({ cacheDir, signal: controller.signal, onProgress });
    expect(result).toEqual({ installed: false, reason: 'The task was cancelled' });
    expect(await readdir(home)).toEqual([]);
  });

  it('keeps the outer npm project away from the inner npm', () => {
    const env = { PATH: '/bin', npm_config_prefix: '/x', npm_config_workspace: 'w', npm_config_registry: 'https://r/' };
    expect(npmEnvironment(env)).toEqual({ PATH: '/bin', npm_config_registry: 'https://r/' });
  });
});

describe('lock', () => {
  const signal = new AbortController().signal;

  it('lets one in at a time and is taken over from the dead', async () => {
    const path = join(home, 'lock');
    await writeFile(path, '999999999');
    const inside = await withLock({ path, signal, timeoutMs: 1000 }, () => readdir(home));
    expect(inside).toEqual(['lock']);
    expect(await readdir(home)).toEqual([]);
  });

  it('is not waited for beyond the signal', async () => {
    const path = join(home, 'lock');
    await writeFile(path, String(process.pid));
    const controller = new AbortController();
    const waiting = withLock({ path, signal: controller.signal, timeoutMs: 60_000 }, async () => 'in');
    controller.abort();
    await expect(waiting).rejects.toThrow(/abort/);
    expect(await readdir(home)).toEqual(['lock']);
  });
});

describe('runProcess', () => {
  const node = (script: string, more: Partial<Parameters<typeof runProcess>[0]> = {}) =>
    runProcess({
      command: process.execPath,
      args: ['-e', script],
      env: {},
      timeoutMs: 20_000,
      maxOutputBytes: 1000,
      signal: new AbortController().signal,
      ...more,
    });

  it('gives input that can be opened by name, and returns output and exit code', async () => {
    const script =
      "process.stdout.write(require('fs').readFileSync('/dev/stdin')); console.error('e'); process.exitCode = 3";
    expect(await node(script, { input: 'é\n' })).toEqual({ exitCode: 3, stdout: 'é\n', stderr: 'e\n' });
  });

  it('ends what takes too long, says too much, or is no longer wanted', async () => {
    const forever = 'setInterval(() => undefined, 1000)';
    expect(await failureOf(node(forever, { timeoutMs: 10 }))).toMatchObject({ code: 'TIMEOUT' });
    const loud = "process.stdout.write('x'.repeat(5000)); setInterval(() => undefined, 1000)";
    expect(await failureOf(node(loud))).toMatchObject({ code: 'ENGINE_FAILED' });
    const controller = new AbortController();
    const running = failureOf(node(forever, { signal: controller.signal }));
    controller.abort();
    expect(await running).toMatchObject({ code: 'CANCELLED' });
  });

  it('says when there is no such program', async () => {
    const error = await failureOf(node('', { command: 'plexus-no-such-program' }));
    expect(error).toMatchObject({ code: 'ENGINE_FAILED', message: expect.stringContaining('could not be started') });
  });
});
