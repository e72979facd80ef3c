/** Books that cannot be read for a while, as a database that is away: no node may take that for a refusal of its key. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { Books } from '@plexus/core';
import { createTestNetwork } from '@plexus/testkit';
import { expect, it } from 'vitest';

let isAway = false;

/** Books whose keys cannot be looked up while the database is away. */
function failingBooks(books: Books): Books {
  const read = Object.create(books.read, {
    findKeyByHash: {
      value: async (hash: string) => {
        if (isAway) throw new Error('the database is away');
        return await books.read.findKeyByHash(hash);
      },
    },
  });
  return { ...books, read };
}

async function upgradeStatus(url: string, key: string): Promise<number | undefined> {
  const asking = request(`${url}/ws/node`, {
    headers: {
      authorization: `Bearer ${key}`,
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': Buffer.alloc(16).toString('base64'),
    },
  }).end();
  const [answer] = (await Promise.race([once(asking, 'response'), once(asking, 'upgrade')])) as [IncomingMessage];
  answer.destroy();
  return answer.statusCode;
}

it('a node whose key cannot be looked up is not told that it is wrong', async () => {
  await using network = await createTestNetwork({ nodes: 0, wrapBooks: failingBooks });
  const { api_key: key } = await network.register();
  isAway = true;
  expect(await upgradeStatus(network.url, key)).toBe(500);
  isAway = false;
  expect(await upgradeStatus(network.url, key)).toBe(101);
  expect(await upgradeStatus(network.url, `gn_${'0'.repeat(32)}`)).toBe(401);
});
