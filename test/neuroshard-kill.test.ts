/** Nodes as processes of their own, of which one is killed. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { call, isBuilt, kill, Processes, until } from './support/processes.ts';

/** Source: issue 7, "one killed is gone from both within 2 s". */
const GONE_MS = 2000;

interface Peer {
  readonly id: string;
  readonly latency_ms: number;
}

let processes: Processes;
beforeEach(() => {
  processes = new Processes();
});
afterEach(() => processes.dispose());

/** Starts a node that echoes, and tells how to ask it. */
async function startNode(name: string, url: string, key: string) {
  const flags = ['--services', 'echo', '--no-llm-install', '--rate-limits', 'off'];
  const node = await processes.startNode(name, { url, key, flags });
  const id: string = (await call(`${node.url}/api/v1/status`, key)).body.node_id;
  const peers = async (): Promise<readonly Peer[]> => (await call(`${node.url}/api/v1/peers`, key)).body.peers;
  const peerIds = async () => (await peers()).map((peer) => peer.id);
  return { ...node, id, peers, peerIds };
}

it.skipIf(!isBuilt)(
  'two nodes see each other with a latency; one that is killed is gone from the other and the coordinator within 2 s',
  async () => {
    const { url, key } = await processes.startCoordinator(0);
    const [left, killed] = await Promise.all([startNode('left', url, key), startNode('killed', url, key)]);
    const listed = async (): Promise<string[]> =>
      (await call(`${url}/api/v1/nodes`, key)).body.map(({ node_id: id }: { node_id: string }) => id);
    await until('each sees the other', async () => {
      const seen = [await left.peerIds(), await killed.peerIds()];
      return seen.join() === [killed.id, left.id].join();
    });
    for (const { latency_ms: ms } of [...(await left.peers()), ...(await killed.peers())]) {
      expect(ms).toBeGreaterThan(0);
    }
    expect(await listed()).toHaveLength(2);
    await kill(killed.child);
    const isGone = async () => (await left.peerIds()).length === 0 && (await listed()).join() === left.id;
    await until('it is gone from both', isGone, GONE_MS);
    expect((await call(`${left.url}/api/v1/status`, key)).body.peer_count).toBe(0);
  },
);
