/** A whole network with real engines, as a newcomer starts it: `plexus up`, a run, its receipt, and a forged one. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

const BIN = join(import.meta.dirname, '../../packages/cli/bin/plexus.js');
const PORTS = ['--coordinator-port', '0', '--node-port', '0', '--infernet-port', '0'];
const home = mkdtempSync(join(tmpdir(), 'plexus-up-'));
let network: ChildProcess;

async function plexus(...args: string[]): Promise<{ stdout: string; stderr: string; code: number }> {
  try {
    const env = { ...process.env, PLEXUS_HOME: home };
    return { ...(await promisify(execFile)(process.execPath, [BIN, ...args], { env })), code: 0 };
  } catch (error) {
    const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: number };
    return { stdout, stderr, code };
  }
}

beforeAll(async () => {
  network = spawn(process.execPath, [BIN, 'up', '--home', home, ...PORTS, '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (!network.stdout) throw new Error('The network has no output to read');
  const [line] = await once(createInterface({ input: network.stdout }), 'line');
  expect(JSON.parse(line)).toMatchObject({ event: 'ready', apiKey: expect.stringMatching(/^gn_[0-9a-f]{32}$/) });
  await vi.waitFor(
    async () => {
      const offered = JSON.parse((await plexus('services', '--json')).stdout);
      const available = offered.filter(({ available: nodes }: { available: number }) => nodes > 0);
      const ids = available.map(({ id }: { id: string }) => id);
      // Engines for films, speech and scenes come when they come.
      expect(ids).toEqual(expect.arrayContaining(['echo', 'embedding', 'llm', 'translate']));
    },
    { timeout: 120_000, interval: 500 },
  );
}, 150_000);

afterAll(async () => {
  const gone = once(network, 'exit');
  network.kill('SIGTERM');
  expect(await gone).toEqual([0, null]);
  rmSync(home, { recursive: true, force: true });
}, 10_000);

it('the language model continues prose, is paid by the token, and its receipt is valid until a byte is changed', async () => {
  const file = join(home, 'receipt.json');
  const run = await plexus('run', 'llm', 'The sea was', '--max-tokens', '20', '--receipt', file);
  expect(run.code).toBe(0);
  expect(run.stdout.trim().length).toBeGreaterThan(10);
  expect(run.stderr).toMatch(/receipt_[0-9a-f-]{36}/);
  const receipt = JSON.parse(readFileSync(file, 'utf8'));
  expect(receipt).toMatchObject({ unit_type: 'token', metadata: { service: 'llm', completion_tokens: 20 } });
  expect(Number(receipt.price)).toBeCloseTo(receipt.units * 0.0001, 6);
  const verified = await plexus('verify', file);
  expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining('VALID') });

  const forged = readFileSync(file, 'utf8').replace(/("output_sha256": ?")(.)/, (_, head, digit) => {
    return `${head}${digit === '0' ? '1' : '0'}`;
  });
  writeFileSync(file, forged);
  const refused = await plexus('verify', file);
  expect(refused.code).toBe(5);
  expect(refused.stdout).toMatch(/failed +signature/);
  expect(refused.stdout).toContain('NOT VALID');
}, 60_000);

it('translates with Apertium', async () => {
  const run = await plexus('run', 'translate', 'The house is big', '--to', 'es');
  expect(run).toMatchObject({ code: 0, stdout: expect.stringMatching(/casa es grande/) });
}, 60_000);
