import { expect, it } from 'vitest';
import { createEventBus } from '../../src/events/events.ts';
import { createNodeRegistry } from '../../src/nodes/node-registry.ts';
import { ReadyIndex } from '../../src/scheduling/ready-index.ts';
import { silentSession } from './silent-session.ts';

const clock = () => new Date(0);
const RECORD = { id: 'n', accountId: 'a', name: 'n', custodial: false, languages: [], createdAt: clock() };

it('forgets a node with its connection, also when that says anew what it offers after a newer one replaced it', async () => {
  const reader = { findScore: async () => undefined };
  const index = new ReadyIndex();
  const registry = createNodeRegistry({ reader, index, events: createEventBus(), clock });
  const [record, register] = [
    { ...RECORD, capabilities: ['echo'] },
    { node_id: 'n', capabilities: ['echo'] },
  ];
  const [older, newer] = [silentSession(), silentSession()];

  const replaced = await registry.connect(record, register, older);
  const node = await registry.connect(record, register, newer);
  registry.update(replaced, record, register);
  expect(index.offering('echo')).toEqual([node]);

  registry.disconnect(older, 'n');
  expect(index.offering('echo')).toEqual([node]);
  registry.disconnect(newer, 'n');
  expect(index.offering('echo')).toEqual([]);
});
