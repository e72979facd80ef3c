import type { Command } from 'commander';
import { defaultCommand } from '../default-command.ts';
import type { Io } from '../io.ts';
import type { Colours } from '../output/colours.ts';
import { type Cell, table } from '../output/table.ts';
import { groupDigits, oneLine, shortTime } from '../output/text.ts';
import { examples, openSession, type Session, type SessionFlags, withSession } from '../session.ts';
import { idText } from '../values.ts';
import { morePages, type PageFlags, pageQuery, withPages } from './pages.ts';

type NodeView = Awaited<ReturnType<Session['plexus']['network']['listAllNodes']>>['items'][number];

export function addNodes(program: Command, io: Io): void {
  const nodes = program.command('nodes').summary('list and drain nodes').description('Look after nodes.');
  examples(nodes, ['plexus nodes', 'plexus nodes drain NODE']);
  const list = defaultCommand(nodes, 'ls').alias('list').description('Every node that the coordinator knows.');
  examples(withSession(withPages(list)), ['plexus nodes', 'plexus nodes ls --json']).action(
    (flags: SessionFlags & PageFlags) => listNodes(io, flags),
  );
  const drain = nodes
    .command('drain')
    .description('Let a node finish what runs and give it nothing new until it reconnects. For operators.')
    .argument('<node>', 'its id', idText);
  examples(withSession(drain), ['plexus nodes drain NODE']).action((id: string, flags: SessionFlags) =>
    drainNode(io, id, flags),
  );
  const release = nodes
    .command('release')
    .description('Pay what your node has earned to your account; for operators, what a node without a key has, to any.')
    .argument('<node>', 'its id', idText)
    .argument('<account>', 'account id', idText);
  examples(withSession(release), ['plexus nodes release NODE ACCOUNT']).action(
    (id: string, account: string, flags: SessionFlags) => releaseRewards(io, id, account, flags),
  );
}

async function listNodes(io: Io, flags: SessionFlags & PageFlags): Promise<void> {
  const session = await openSession(io, flags);
  const page = await session.plexus.network.listAllNodes({ query: pageQuery(flags) }, { signal: io.signal });
  session.show(page, () =>
    table(
      [
        { title: 'node' },
        { title: 'name' },
        { title: 'state' },
        { title: 'services' },
        { title: 'reputation', align: 'right' },
        { title: 'done', align: 'right' },
        { title: 'failed', align: 'right' },
        { title: 'last seen (utc)' },
      ],
      page.items.map((node) => [
        node.node_id,
        node.name,
        stateOf(node, session.colours),
        node.services.map(({ id, active, concurrency }) => `${id} ${active}/${concurrency}`).join(', '),
        node.reputation.toFixed(2),
        groupDigits(String(node.completed)),
        groupDigits(String(node.failed)),
        shortTime(node.last_seen_at),
      ]),
    ),
  );
  morePages(session, page.next);
}

function stateOf({ online, draining }: NodeView, colours: Colours): Cell {
  if (!online) return { text: 'offline', paint: colours.dim };
  return draining ? { text: 'draining', paint: colours.yellow } : { text: 'online', paint: colours.green };
}

async function drainNode(io: Io, id: string, flags: SessionFlags): Promise<void> {
  const session = await openSession(io, flags);
  const node = await session.plexus.network.drainNode({ params: { node_id: id } }, { signal: io.signal });
  session.show(node, () => `${oneLine(node.node_id)} is draining: it takes nothing new until it reconnects\n`);
}

async function releaseRewards(io: Io, id: string, account: string, flags: SessionFlags): Promise<void> {
  const session = await openSession(io, flags);
  const released = await session.plexus.network.releaseNodeRewards(
    { params: { node_id: id }, body: { account_id: account } },
    { signal: io.signal },
  );
  session.show(released, () => `released ${groupDigits(released.released)} credits to ${oneLine(account)}\n`);
}
