import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { chainConfigOf } from '../src/infernet/chain/chain-config.ts';
import { readInfernetConfig, unknownIn } from '../src/infernet/config.ts';
import { createContainers } from '../src/infernet/containers.ts';
import { temporaryFolder } from './setup.ts';

async function read(config: unknown) {
  const path = join(await temporaryFolder(), 'config.json');
  await writeFile(path, typeof config === 'string' ? config : JSON.stringify(config));
  return await readInfernetConfig(path);
}

/** As the original's documentation has it. */
const ORIGINAL = {
  log_path: 'infernet_node.log',
  manage_containers: false,
  server: { port: 4000, rate_limit: { num_requests: 100, period: 100 } },
  chain: {
    enabled: false,
    trail_head_blocks: 5,
    rpc_url: '',
    registry_address: '',
    wallet: { max_gas_limit: 100_000, private_key: '', allowed_sim_errors: ['not enough balance'] },
  },
  startup_wait: 1.0,
  docker: { username: '', password: '' },
  redis: { host: 'redis', port: 6379 },
  forward_stats: true,
  containers: [
    {
      id: 'hello-world',
      image: 'ritualnetwork/hello-world-infernet:latest',
      url: '',
      bearer: '',
      external: true,
      port: '3000',
      allowed_delegate_addresses: [],
      allowed_addresses: ['0x70997970C51812dc3A010C7d01b50e0d17dc79C8'],
      allowed_ips: ['10.0.0.0/8', '::1'],
      command: '--bind=0.0.0.0:3000 --workers=2',
      env: { A: 'b', WORKERS: 2 },
      gpu: true,
      volumes: ['/data:/data'],
      accepted_payments: { '0x0000000000000000000000000000000000000000': 0 },
      generates_proofs: true,
      rate_limit: { num_requests: 60, period: 30 },
    },
    { id: 'inner', image: 'x/inner', url: 'http://127.0.0.1:3001/', external: false, description: 'Second.' },
    { id: 'image', image: 'x/image' },
  ],
};

/** A machine that runs no images itself. */
const NO_ENGINE = { obstacle: undefined, callsOf: () => undefined, close: async () => undefined };

it('is read with the byte order mark that some editors begin it with', async () => {
  expect(await read(`\ufeff${JSON.stringify(ORIGINAL)}`)).toEqual(await read(ORIGINAL));
});

it("takes the original's configuration as it is", async () => {
  const { site, missing } = createContainers({ config: await read(ORIGINAL), isCompatible: false, managed: NO_ENGINE });
  expect(site).toEqual({
    refusal_status: 400,
    result_seconds: 86_400,
    rate_limit: { calls: 100, seconds: 100 },
    containers: [
      {
        id: 'hello-world',
        image: 'ritualnetwork/hello-world-infernet:latest',
        external: true,
        generates_proofs: true,
        timeout_seconds: 180,
        max_pending: 1000,
        allowed_ips: ['10.0.0.0/8', '::1'],
        allowed_addresses: ['0x70997970C51812dc3A010C7d01b50e0d17dc79C8'],
        rate_limit: { calls: 60, seconds: 30 },
      },
      {
        id: 'inner',
        image: 'x/inner',
        external: false,
        generates_proofs: false,
        timeout_seconds: 180,
        max_pending: 1000,
        description: 'Second.',
      },
    ],
  });
  expect(missing.map(({ id }) => id)).toEqual(['image']);
});

it('takes what the original takes: null for what is not set, and half a rate; and a url with blanks around it', async () => {
  const containers = [{ id: 'a', url: ' http://127.0.0.1:3000/ ', rate_limit: { num_requests: 5 }, description: null }];
  const config = await read({ containers, docker: null, chain: { enabled: false, rpc_url: null, wallet: null } });
  const { site, runner } = createContainers({ config, isCompatible: false, managed: NO_ENGINE });
  expect(site.containers[0]).toMatchObject({ id: 'a', rate_limit: { calls: 5, seconds: 60 } });
  expect(runner).toBeDefined();
});

it('has the wallet that a chain pays, where there is one', async () => {
  const [address, key] = ['Ab'.repeat(20), '1'.repeat(64)];
  const place = { enabled: true, rpc_url: 'http://127.0.0.1:8545', registry_address: `0x${address}` };
  const chainOf = async (payment: object) =>
    chainConfigOf(await read({ containers: [], chain: { ...place, wallet: { private_key: key, ...payment } } }));
  expect(await chainOf({ payment_address: `0x${address}` })).toMatchObject({ paymentAddress: `0x${'ab'.repeat(20)}` });
  expect(await chainOf({ payment_address: '' })).not.toHaveProperty('paymentAddress');
  await expect(chainOf({ payment_address: '0x...' })).rejects.toThrow(
    'chain.wallet.payment_address is not 40 hex digits',
  );
});

it("tells of names that nobody knows, and of none of the original's", async () => {
  expect(unknownIn(await read(ORIGINAL))).toEqual([]);
  const containers = [{ id: 'a', url: 'http://127.0.0.1:3000', env: { ANY: '1' }, alowed_ips: ['10.0.0.0/8'] }];
  const names = unknownIn(await read({ containers, sever: {}, server: { rate_limits: {} } }));
  expect(names).toEqual(['containers.0.alowed_ips', 'sever', 'server.rate_limits']);
});

it("says which version's clients it serves", async () => {
  expect(
    createContainers({ config: await read(ORIGINAL), isCompatible: true, managed: NO_ENGINE }).site.refusal_status,
  ).toBe(405);
});

it.each([
  ['{', 'is no JSON'],
  [{}, 'must have required properties containers'],
  [{ containers: [{ id: 7 }] }, 'containers.0.id must be string'],
  [{ containers: [{ id: 'a' }, { id: 'a' }] }, 'there are two containers "a"'],
  [{ containers: [{ id: 'a', allowed_ips: ['10.0.0.0/33'] }] }, '"10.0.0.0/33" is no network'],
  [{ containers: [{ id: 'a', price: -1 }] }, 'containers.0.price'],
  [{ containers: [{ id: 'a', price: 0.0000001 }] }, 'the price of container "a" is no amount of credits'],
  [{ containers: [{ id: 'a', price: '2000000' }] }, 'the price of container "a" is no amount of credits'],
  [{ containers: [{ id: 'a', timeout_seconds: 0 }] }, 'containers.0.timeout_seconds'],
  [{ containers: [{ id: 'a', bearer: 'secret\n' }] }, 'the bearer of container "a" has what no header can have'],
])('refuses %j, and says where it is wrong', async (config, problem) => {
  await expect(read(config)).rejects.toThrow(problem);
});

it.each([
  ['file:///etc/passwd', 'Only http and https are spoken'],
  ['gopher://127.0.0.1:70/', 'Only http and https are spoken'],
  ['http://user:secret@127.0.0.1:3000', 'must not hold a user name'],
  ['http://127.0.0.1:3000/run?key=1', 'must have neither a query nor a fragment'],
  ['nothing', 'is none'],
])('refuses a container at %s', async (url, problem) => {
  const config = await read({ containers: [{ id: 'a', url }] });
  expect(() => createContainers({ config, isCompatible: false, managed: NO_ENGINE })).toThrow(problem);
});

it('says why a configuration cannot be read', async () => {
  const path = '/nonexistent/config.json';
  await expect(readInfernetConfig(path)).rejects.toThrow(`${path} cannot be read: ENOENT: no such file or directory`);
});
