/** Containers of Infernet's configuration that a node runs itself: chains, limits, and every way to fail. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type ContainerDefinition, RunError, type Runner } from '@plexus/runners';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { commandWords } from '../../packages/node/src/infernet/command-words.ts';
import type { ContainerConfig, InfernetConfig } from '../../packages/node/src/infernet/config.ts';
import { createContainers } from '../../packages/node/src/infernet/containers.ts';
import { type ManagedContainers, openManaged } from '../../packages/node/src/infernet/managed-containers.ts';
import { failureOf, recorder, runnerConformance } from '../../packages/runners/test/runner-conformance.ts';
import { importServiceImage, removeImage } from '../support/service-image.ts';

const IMAGE = 'localhost/plexus-managed-test:latest';
const options = { owner: 'plexus-managed-test', onProgress: () => undefined, onFailure: () => undefined };
const container = (id: string, more: Partial<ContainerConfig> = {}): ContainerConfig => ({
  id,
  image: IMAGE,
  memory_bytes: 256 * 1024 * 1024,
  processes: 64,
  timeout_seconds: 20,
  ...more,
});
const CONFIG: InfernetConfig = {
  containers: [
    container('one', { env: { ADD: 1 } }),
    container('ten', { env: { ADD: 10 }, network: true }),
    container('quick', { timeout_seconds: 1 }),
    container('absent', { image: 'localhost/plexus-there-is-none:latest' }),
    container('crashing', { command: `/node -e 'console.error("oh dear"); process.exit(7)'` }),
  ],
};

let managed: ManagedContainers;
let runner: Runner;

async function open(): Promise<Runner> {
  const own = await openManaged(CONFIG, { ...options, owner: `${options.owner}-${count++}` });
  const made = createContainers({ config: CONFIG, isCompatible: false, managed: own }).runner;
  if (!made) throw new Error(own.obstacle);
  return made;
}
let count = 0;

beforeAll(async () => {
  await importServiceImage(IMAGE);
  managed = await openManaged(CONFIG, options);
  const made = createContainers({ config: CONFIG, isCompatible: false, managed });
  expect(made.missing).toEqual([]);
  if (!made.runner) throw new Error(managed.obstacle);
  runner = made.runner;
}, 120_000);
afterAll(async () => {
  await runner.close();
  await removeImage(IMAGE);
}, 60_000);

const ask = (containers: readonly string[], data: unknown) =>
  runner.run({ content: JSON.stringify(data), params: { containers } }, recorder().context);

runnerConformance('a container', open, {
  good: { content: '{"sum":1}', params: { containers: ['one'] } },
  slow: { content: '{"do":"hang"}', params: { containers: ['one'] } },
  stopAt: 'start',
  stopWithinMs: 2000,
  largeCharacters: 100_000,
});

describe('containers that a node runs', { timeout: 60_000 }, () => {
  it('hand on what each of them answered', async () => {
    const { output } = await ask(['one', 'ten', 'one'], { sum: 5 });
    expect(JSON.parse(output)).toEqual([
      { container: 'one', output: { sum: 6 } },
      { container: 'ten', output: { sum: 16 } },
      { container: 'one', output: { sum: 17 } },
    ]);
  });

  const failures = {
    exit: 'It has ended: exit code 1: listening',
    error: 'It answered with HTTP status 500: {"reason":"no"}',
    text: 'It answered with something that is no JSON: only a text',
    die: 'It has ended: exit code 3: listening',
    large: 'Its answer has more than 5242880 bytes',
    grow: 'It has ended: it was killed (exit code 137)',
  };
  for (const [deed, reason] of Object.entries(failures)) {
    it(`fail with their id and the reason (${deed}), and the next job works`, async () => {
      const error = await failureOf(ask(['one'], { do: deed }));
      expect(error).toMatchObject({ code: 'PROGRAM_FAILED' });
      expect(error.message).toContain(`one: ${reason}`);
      expect(JSON.parse((await ask(['one'], { sum: 1 })).output)).toEqual([{ container: 'one', output: { sum: 2 } }]);
    });
  }

  it('fail after their time, with what came before them', async () => {
    const error = await failureOf(ask(['quick'], { do: 'hang' }));
    expect(error.message).toBe('quick: It did not answer within 1 s');
    expect(error).toBeInstanceOf(RunError);
    expect(JSON.parse(error.partial?.output ?? '')).toEqual([
      { container: 'quick', error: 'It did not answer within 1 s' },
    ]);
  });

  it('that cannot be started say why, and stop no others', async () => {
    expect((await failureOf(ask(['absent'], {}))).message).toMatch(/^absent: .*plexus-there-is-none/);
    expect((await failureOf(ask(['crashing'], {}))).message).toContain('exit code 7: oh dear');
    expect(JSON.parse((await ask(['ten'], {})).output)).toEqual([{ container: 'ten', output: { sum: 10 } }]);
  });
});

describe('a Podman that the node has started', { timeout: 60_000 }, () => {
  it('may be killed: containers go on, and others are started once it is there again', async () => {
    const said: string[] = [];
    const before = await podmanServices();
    const config = { containers: [container('one')] };
    const own = await openManaged(config, {
      ...options,
      owner: `${options.owner}-killed`,
      onProgress: (text) => said.push(text),
    });
    const { runner: made } = createContainers({ config, isCompatible: false, managed: own });
    if (!made) throw new Error(own.obstacle);
    onTestFinished(() => made.close());
    const add = async () => (await made.run({ content: '{"sum":1}', params: {} }, recorder().context)).output;
    const sum = JSON.stringify([{ container: 'one', output: { sum: 2 } }]);
    expect(await add()).toBe(sum);
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      const [service = 0] = (await podmanServices()).filter((pid) => !before.includes(pid));
      said.length = 0;
      process.kill(service, signal);
      expect(await add()).toBe(sum);
      await expect
        .poll(() => said, { timeout: 20_000 })
        .toEqual([
          expect.stringMatching(/^Podman's service has ended \(.+\) and is being started again$/),
          "Podman's service runs again",
        ]);
      const ending = made.run({ content: '{"do":"exit"}', params: {} }, recorder().context);
      expect((await failureOf(ending)).message).toContain('one: It has ended: exit code 1: listening');
      expect(await add()).toBe(sum);
    }
  });
});

/** Numbers of the processes that this one has started for it. */
async function podmanServices(): Promise<readonly number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)]);
  return [...stdout.matchAll(/^ *(\d+) \S*podman system service/gm)].map(([, pid]) => Number(pid));
}

it('takes command lines apart as a shell does', () => {
  const definition: Pick<ContainerDefinition, 'command'> = {
    command: commandWords(String.raw`--bind=0.0.0.0:3000 "a \"b\"" 'c $d' e\ f --x="1 2"`),
  };
  expect(definition.command).toEqual(['--bind=0.0.0.0:3000', 'a "b"', 'c $d', 'e f', '--x=1 2']);
});
