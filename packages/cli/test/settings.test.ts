import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, type } from './terminal.ts';

const WALLET = {
  account_id: 'a',
  name: 'operator',
  available: '1000000.5',
  held: '0',
  staked: '0',
  cooling: '0',
  earned: '0',
  spent: '0',
};
const network = { 'GET /plexus/v1/wallet': { body: WALLET } };

function homeWith(pid: number): string {
  const home = join(temporaryFolder(), 'home');
  mkdirSync(home);
  const url = 'http://127.0.0.1:1234';
  writeFileSync(join(home, 'operator.key'), 'gn_operator\n');
  writeFileSync(join(home, 'endpoint.json'), JSON.stringify({ pid, coordinator: url, node: url, infernet: url }));
  return home;
}

async function asked(argv: readonly string[], env: Readonly<Record<string, string>>) {
  const { made } = await type(['wallet', ...argv], { network, env });
  return { url: made[0]?.url, authorization: made[0]?.headers.get('authorization') };
}

describe('settings', () => {
  it('are those of the network that runs in the home', async () => {
    await expect(asked([], { PLEXUS_HOME: homeWith(process.pid) })).resolves.toEqual({
      url: 'http://127.0.0.1:1234/plexus/v1/wallet',
      authorization: 'Bearer gn_operator',
    });
  });

  it('are the usual ones when the network of the home is gone', async () => {
    const nobody = 2 ** 22 + 1;
    await expect(asked([], { PLEXUS_HOME: homeWith(nobody) })).resolves.toMatchObject({
      url: 'http://127.0.0.1:8800/plexus/v1/wallet',
    });
  });

  it('come from variables before the home, and from flags before all', async () => {
    const env = { PLEXUS_HOME: homeWith(process.pid), PLEXUS_URL: 'http://localhost:2', PLEXUS_API_KEY: 'gn_env' };
    await expect(asked([], env)).resolves.toEqual({
      url: 'http://localhost:2/plexus/v1/wallet',
      authorization: 'Bearer gn_env',
    });
    await expect(asked(['--url', 'http://localhost:3/', '--key', 'gn_flag'], env)).resolves.toEqual({
      url: 'http://localhost:3/plexus/v1/wallet',
      authorization: 'Bearer gn_flag',
    });
  });

  it("never send the operator's key to a stranger", async () => {
    const home = homeWith(process.pid);
    const { authorization } = await asked(['--url', 'http://plexus.example', '--home', home], {});
    expect(authorization).toBeNull();
  });
});

it('a node is not started with the key of the one that runs in its home', async () => {
  const home = homeWith(process.pid);
  const { exitCode, stderr } = await type(['node', '--port', '0', '--home', home]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`A network runs in ${home}, with a node`);
  expect(stderr).toContain('plexus node --coordinator http://127.0.0.1:1234 --home DIR --port 0');
});

describe('colour', () => {
  const jobs = {
    'GET /plexus/v1/services': {
      body: [{ id: 'echo', unit_price: '10', unit_type: 'request', available: 1, description: 'd' }],
    },
  };
  const escape = '\u001b[';

  it('is for terminals', async () => {
    expect((await type(['services'], { network: jobs, isTTY: true })).stdout).toContain(escape);
    expect((await type(['services'], { network: jobs })).stdout).not.toContain(escape);
  });

  it('is off with NO_COLOR', async () => {
    const { stdout } = await type(['services'], { network: jobs, isTTY: true, env: { NO_COLOR: '1' } });
    expect(stdout).not.toContain(escape);
  });
});

describe('a table', () => {
  it('is aligned', async () => {
    const { stdout } = await type(['wallet'], { network });
    expect(stdout).toContain('available  1,000,000.5 credits\nheld       0\n');
  });

  it('is aligned where letters take two columns of a terminal, or none', async () => {
    const model = (id: string) => ({ id, plexus: { service: 'llm', nodes: 1, features: [] } });
    const data = ['ab', '言葉', '🚀', 'e\u0301', 'ｱ', '\u00e9'].map(model);
    const { stdout } = await type(['models'], { network: { 'GET /v1/models': { body: { data } } } });
    const [, ...rows] = stdout.split('\n');
    const names = rows.map((row) => row.slice(0, row.indexOf('llm')));
    expect(names.slice(0, -1)).toEqual(['ab     ', '言葉   ', '🚀     ', 'e\u0301      ', 'ｱ      ', '\u00e9      ']);
  });
});
