/** Programs that do what they are meant to, on a whole network: uploads, progress, files, cancelling, restarts. */
import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { tarGz, zip } from '../../packages/runners/test/archives.ts';
import { folder, LIMITS, refusal, unpack } from '../../packages/runners/test/unpacking.ts';
import { createPythonNetwork, type PythonNetwork } from '../support/python-network.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/python-jobs/digits');

let python: PythonNetwork;

beforeAll(async () => {
  python = await createPythonNetwork();
}, 60_000);
afterAll(() => python[Symbol.asyncDispose]());

/** Processes and control groups of jobs that are there now. */
function leftovers(): readonly string[] {
  const programs = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes('/job/main.py'));
  const groups = cgroupsOf(process.pid).flatMap((path) => readdirSync(path, { withFileTypes: true }));
  return [...programs, ...groups.flatMap((entry) => (entry.isDirectory() ? entry.name : []))];
}

/** Folders of control groups that a process has made. */
function cgroupsOf(pid: number | undefined): readonly string[] {
  const bases = ['/sys/fs/cgroup', '/sys/fs/cgroup/pids'].filter((base) => existsSync(base));
  const isIts = (name: string) => name.startsWith(`plexus-${pid}-`);
  return bases.flatMap((base) =>
    readdirSync(base)
      .filter(isIts)
      .map((name) => join(base, name)),
  );
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

const jobOf = async (id: string) =>
  (await python.network.call('GET', `/plexus/v1/jobs/${id}`, { key: python.key })).body;

describe('the example of the guide', () => {
  it('classifies, tells its progress, and leaves a file', async () => {
    const files = ['model.py', 'weights.json'].map((name) => ({ name, content: readFileSync(join(EXAMPLE, name)) }));
    const job = await python.submit({
      bundle: await python.upload(tarGz(files)),
      content: readFileSync(join(EXAMPLE, 'input.json'), 'utf8'),
      params: { entrypoint: 'model.py', requirements: ['numpy>=1.20'], timeout_seconds: 60 },
    });
    expect(job).toMatchObject({ state: 'completed', error: null, progress: 100 });
    const result = JSON.parse(job.result ?? '');
    expect(result).toMatchObject({ prediction: '3', predictions: [{ digit: 3 }, { digit: 7 }] });
    const [file] = result.output_files;
    expect(file).toMatchObject({ name: 'scores.csv', content_type: 'text/csv; charset=utf-8' });
    const text = await (await fetch(python.network.url + file.url)).text();
    expect(text.split('\r\n')).toHaveLength(4);
    expect(job.facts).toMatchObject({ entrypoint: 'model.py', cpu_millis: 1000 });
    expect(Number(job.cost)).toBeGreaterThan(0);
  }, 60_000);
});

describe('a program', () => {
  it('imports from its own bundle, whichever archive that is, and reads its other files', async () => {
    const files = [
      {
        name: 'main.py',
        content: 'from helper.maths import double\nimport json\nprint(json.dumps(double(open("n.txt").read())))',
      },
      { name: 'helper/__init__.py', content: '' },
      { name: 'helper/maths.py', content: 'def double(text):\n  return int(text) * 2' },
      { name: 'n.txt', content: '21' },
    ];
    for (const archive of [tarGz(files), zip(files)]) {
      expect(await python.submit({ bundle: await python.upload(archive) })).toMatchObject({
        result: '42',
        error: null,
      });
    }
  }, 60_000);

  it('may write its result to a file, and make folders of files', async () => {
    const program = `
import os
os.makedirs("/output/plots/ü")
open("/output/plots/ü/a.txt", "w").write("a")
open("/output/empty", "w")
open("/output/result.json", "w").write('{"n": 12345678901234567890}')
print("this is not the result")`;
    const { result } = await python.run(program);
    expect(result).toMatch(/^\{"n": 12345678901234567890,"output_files":\[/);
    const names = JSON.parse(result ?? '').output_files.map(({ name, size }: { name: string; size: number }) => [
      name,
      size,
    ]);
    expect(names.toSorted()).toEqual([
      ['empty', 0],
      ['plots/ü/a.txt', 1],
    ]);
  }, 60_000);

  it('has no more of a CPU than it asked for', async () => {
    const program = `
import json, time
started, cpu = time.monotonic(), time.process_time()
while time.monotonic() - started < 1.5: pass
print(json.dumps((time.process_time() - cpu) / 1.5))`;
    const job = await python.run(program, { params: { cpu_millis: 200 } });
    expect(Number(job.result)).toBeLessThan(0.35);
  }, 60_000);
});

describe('a program that cannot go on', () => {
  it('says what it said last, with its exit code', async () => {
    const job = await python.run('raise ValueError("no weights")');
    expect(job).toMatchObject({ state: 'failed', reason: 'program_failed', cost: '0' });
    expect(job.error).toMatch(/^The program ended with exit code 1\nTraceback[^]*ValueError: no weights$/);
  }, 60_000);

  it('and has no bundle gets a hint', async () => {
    const job = await python.submit({});
    expect(job).toMatchObject({ state: 'failed', reason: 'refused_input' });
    expect(job.error).toContain('upload one with POST /v1/bundles');
  }, 60_000);
});

describe('a program that is cancelled', () => {
  it('is gone within 2 s, with all its children', async () => {
    const program = `
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for _ in range(5):
  if os.fork() == 0:
    os.setsid()
    break
print("PROGRESS 10", flush=True)
time.sleep(1000)`;
    const bundle = await python.upload(tarGz([{ name: 'main.py', content: program }]));
    const { id } = await python.submit({ bundle, waitSeconds: 0 });
    const hasBegun = async () => {
      const job = await jobOf(id);
      expect(job.progress, JSON.stringify(job)).toBe(10);
    };
    await vi.waitFor(hasBegun, { timeout: 20_000, interval: 50 });
    expect(leftovers().length).toBeGreaterThan(6);
    await python.network.call('POST', `/plexus/v1/jobs/${id}/cancel`, { key: python.key });
    await vi.waitFor(() => expect(leftovers()).toEqual([]), { timeout: 2000, interval: 20 });
    expect(await jobOf(id)).toMatchObject({ state: 'cancelled', cost: '0' });
  }, 60_000);
});

describe('a node that is killed', () => {
  it('takes its programs with it', async () => {
    const script = `
import { detectSandbox } from ${JSON.stringify(join(import.meta.dirname, '../../packages/runners/dist/sandbox/detect-sandbox.js'))};
const { sandbox } = await detectSandbox(AbortSignal.timeout(30000));
const limits = { cpuMillis: 1000, memoryBytes: 64e6, processes: 16, timeoutMs: 1e6, maxPrintedBytes: 1e6, maxOutputBytes: 1e6, maxOutputFiles: 1 };
const onPrinted = () => console.log('running');
await sandbox.run({ command: ['/bin/sh', '-c', 'echo x; sleep 54321'], binds: [], cwd: '/tmp', env: {}, input: '', limits, outputFolder: '/tmp', onPrinted, signal: new AbortController().signal });`;
    const node = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void node.kill('SIGKILL'));
    await new Promise((resolve) => node.stdout.once('data', resolve));
    const sleepers = () =>
      readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && /^sleep\0?54321/.test(commandOf(pid)));
    await vi.waitFor(() => expect(sleepers()).toHaveLength(1), { timeout: 5000, interval: 20 });
    node.kill('SIGKILL');
    await vi.waitFor(() => expect(sleepers()).toEqual([]), { timeout: 5000, interval: 20 });
    expect(cgroupsOf(node.pid)).not.toEqual([]);
    const again = await createPythonNetwork();
    await again[Symbol.asyncDispose]();
    expect(cgroupsOf(node.pid)).toEqual([]);
  }, 60_000);
});

describe('archives of GNU tar', () => {
  it('come out with their modes', async () => {
    const source = await folder();
    await mkdir(join(source, 'sub'));
    await writeFile(join(source, 'sub', 'run.sh'), 'echo', { mode: 0o700 });
    await writeFile(join(source, `${'x'.repeat(150)}.txt`), 'long');
    for (const format of ['gnu', 'pax']) {
      const { stdout } = await promisify(execFile)('tar', ['-C', source, `--format=${format}`, '-cf', '-', '.'], {
        encoding: 'buffer',
      });
      expect((await unpack(stdout, LIMITS)).names, format).toEqual(['sub/run.sh', `${'x'.repeat(150)}.txt`]);
    }
  });

  it('with a link or a hole in them are refused', async () => {
    const linked = await folder();
    await symlink('/etc/passwd', join(linked, 'link'));
    const sparse = await folder();
    await promisify(execFile)('truncate', ['-s', '1M', join(sparse, 'hole')]);
    const pack = async (...args: string[]) => (await promisify(execFile)('tar', args, { encoding: 'buffer' })).stdout;
    expect(await refusal(await pack('-C', linked, '-cf', '-', '.'))).toContain('a symbolic link');
    expect(await refusal(await pack('-S', '-C', sparse, '--format=gnu', '-cf', '-', '.'))).toContain('a sparse file');
    expect(await refusal(await pack('-S', '-C', sparse, '--format=pax', '-cf', '-', '.'))).toContain('a sparse file');
  });
});
