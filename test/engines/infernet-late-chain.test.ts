/** A machine boots: the node is up before its chain's endpoint. Nobody restarts the node. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { hexToString, parseAbi } from 'viem';
import { expect, it, onTestFinished } from 'vitest';
import { NODE_KEY, startAnvil } from '../support/anvil.ts';
import { createInfernetWorld, startContainer } from '../support/infernet-world.ts';

const ABI = parseAbi([
  'function ask(string containers, bytes inputs) returns (uint32)',
  'function received() view returns (bytes)',
]);

/** An endpoint of a chain that says 503 until it is opened. */
async function lateEndpoint(rpcUrl: string) {
  let isOpen = false;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (!isOpen) return void response.writeHead(503).end();
    const answer = await fetch(rpcUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open: () => void (isOpen = true),
  };
}

it('a chain that comes up after the node is served, and /info tells of it', { timeout: 60_000 }, async () => {
  const anvil = await startAnvil();
  onTestFinished(() => anvil.close());
  const coordinator = await anvil.deploy('TestCoordinator');
  const consumer = await anvil.deploy('TestConsumer', coordinator);
  const endpoint = await lateEndpoint(anvil.rpcUrl);
  await using container = await startContainer((data) => ({ got: data }));
  await using world = await createInfernetWorld({
    containers: [{ id: 'box', url: container.url }],
    config: {
      chain: {
        enabled: true,
        rpc_url: endpoint.url,
        registry_address: coordinator,
        wallet: { private_key: NODE_KEY },
        poll_seconds: 0.2,
      },
    },
  });
  const chain = async () => (await world.call('GET', '/info')).body.chain;
  expect(await chain()).toEqual({ enabled: false, address: '' });
  endpoint.open();
  await expect.poll(chain, { timeout: 20_000 }).toMatchObject({ enabled: true });
  const call = { address: consumer, abi: ABI } as const;
  await anvil.mined(await anvil.wallet.writeContract({ ...call, functionName: 'ask', args: ['box', '0x1234'] }));
  const received = () => anvil.reader.readContract({ ...call, functionName: 'received' });
  await expect.poll(received, { timeout: 20_000 }).not.toBe('0x');
  expect(JSON.parse(hexToString(await received()))).toEqual({ got: '0x1234' });
});
