import { DomainError } from '@plexus/core';
import { expect, it } from 'vitest';
import { Connection, type ConnectionDeps } from '../src/hub/connection.ts';
import type { Session } from '../src/hub/session.ts';

const NOTHING = () => undefined;

/** A node's connection to a coordinator that lets it in once, and is then too busy. */
function connect() {
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
    uptime: { joined: NOTHING },
    balanceOf: async () => 0n,
    logger: { info: NOTHING, warn: NOTHING },
    onRefusal: (code: string) => refusals.push(code),
  };
  const session = { nodeId: '', letterCase: 'upper', credit: NOTHING, refuse: NOTHING, close: NOTHING };
  const origin = { host: 'h', address: '127.0.0.1', caller: undefined, place: { registered: NOTHING } };
  const connection = new Connection(session as unknown as Session, origin as never, deps as unknown as ConnectionDeps);
  return { connection, refusals };
}

it('tells a node that registers anew why it is refused', async () => {
  const { connection, refusals } = connect();
  const payload = { node_id: 'node-1', capabilities: ['echo'] };
  const frame = JSON.stringify({ msg_type: 'NODE_REGISTER', payload, timestamp: '2026-01-01T00:00:00Z' });
  await connection.receive(frame);
  expect([connection.isReady, refusals]).toEqual([true, []]);
  await connection.receive(frame);
  expect(refusals).toEqual(['OVERLOADED']);
});
