import { DomainError, StorageError } from '@plexus/core';
import { expect, it, vi } from 'vitest';
import { Connection, type ConnectionDeps } from '../src/hub/connection.ts';
import type { Session } from '../src/hub/session.ts';

const NOTHING = () => undefined;

/** A node's connection to a coordinator that lets it in once, and is then too busy. */
function connect({ claim = async () => true } = {}) {
  const refusals: string[] = [];
  const record = { id: 'node-1', accountId: 'a' };
  let admitted = 0;
  const deps = {
    admission: {
      async admit() {
        if (admitted++ > 0) throw new DomainError('OVERLOADED', 'Too busy', { retryAfterSeconds: 1 });
        return record;
      },
    },
    registry: { find: NOTHING, connect: async () => ({ record }), update: NOTHING, disconnect: NOTHING },
    desk: { joined: NOTHING, lost: NOTHING },
    uptime: { joined: NOTHING, claim },
    balanceOf: async () => 0n,
    logger: { info: NOTHING, warn: NOTHING },
    onRefusal: (code: string) => refusals.push(code),
  };
  const session = { nodeId: '', letterCase: 'upper', credit: NOTHING, refuse: NOTHING, close: NOTHING };
  const origin = { host: 'h', address: '127.0.0.1', caller: undefined, place: { registered: NOTHING } };
  const connection = new Connection(session as unknown as Session, origin as never, deps as unknown as ConnectionDeps);
  return { connection, refusals };
}

function frameOf(type: string, payload: object): string {
  return JSON.stringify({ msg_type: type, payload, timestamp: '2026-01-01T00:00:00Z' });
}

it('tells a node that registers anew why it is refused', async () => {
  const { connection, refusals } = connect();
  const frame = frameOf('NODE_REGISTER', { node_id: 'node-1', capabilities: ['echo'] });
  await connection.receive(frame);
  expect([connection.isReady, refusals]).toEqual([true, []]);
  await connection.receive(frame);
  expect(refusals).toEqual(['OVERLOADED']);
});

it('neither waits for books that do not answer a heartbeat, nor turns its node away', async () => {
  const claim = vi.fn(() => Promise.reject(new StorageError('unavailable', 'The database cannot be reached')));
  const { connection, refusals } = connect({ claim });
  await connection.receive(frameOf('NODE_REGISTER', { node_id: 'node-1', capabilities: ['echo'] }));
  const uptime = { from_ms: 0, to_ms: 30_000, signature: 'c2ln' };
  const beat = frameOf('HEARTBEAT', { node_id: 'node-1', active_tasks: 0, cpu_percent: 0, uptime });
  expect(connection.receive(beat)).toBeUndefined();
  await expect(claim.mock.results[0]?.value).rejects.toThrow('The database cannot be reached');
  expect([claim.mock.calls.length, connection.isReady, refusals]).toEqual([1, true, []]);
});
