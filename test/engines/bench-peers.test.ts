/** The benchmark beside peers, with real queues on a real Redis and PostgreSQL: every one of them answers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CONTENDERS, NAMES } from '../../bench/peers/contenders.mjs';

const RUN_MS = 240_000;
const CLIENTS = 4;

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'plexus-peers-'));
  // PostgreSQL, which does not run as root, passes through both.
  for (const folder of [tmpdir(), home]) chmodSync(folder, statSync(folder).mode | 0o011);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

it('measures each contender, writes tables and plots, and leaves nothing behind', { timeout: RUN_MS }, async () => {
  const out = join(home, 'out');
  const flags = ['--quick', '--seconds', '1', '--clients', `${CLIENTS}`, '--home', home, '--out', out];
  const child = spawn(process.execPath, ['scripts/bench-peers.mjs', ...flags], { detached: true, stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  const { rows, books } = JSON.parse(readFileSync(join(out, 'peers.json'), 'utf8'));
  expect(rows.map(({ name }: { name: string }) => name)).toEqual(NAMES);
  for (const { name, cell } of rows) {
    expect(cell, name).toMatchObject({ clients: CLIENTS });
    expect(cell.answered, name).toBeGreaterThan(CLIENTS);
    const { database, node, load } = cell.microseconds;
    const needsServer = CONTENDERS[name as keyof typeof CONTENDERS].needs !== undefined;
    expect([database.main > 0, node.main > 0, load.main > 0], name).toEqual([needsServer, true, true]);
  }
  const ours = NAMES.filter((name) => CONTENDERS[name].isOurs);
  expect(books).toMatchObject(ours.map((name) => ({ name, wrong: [] })));
  expect(readdirSync(out).toSorted()).toEqual(['peers-latency.svg', 'peers-throughput.svg', 'peers.json', 'peers.md']);
  expect(readdirSync(home)).toEqual(['out']);
  expect(() => process.kill(-Number(child.pid), 0)).toThrow('ESRCH');
});
