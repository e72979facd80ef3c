import { type Command, InvalidArgumentError, Option } from 'commander';
import { defaultCommand } from '../default-command.ts';
import type { Io } from '../io.ts';
import type { Colours } from '../output/colours.ts';
import { type Cell, table } from '../output/table.ts';
import { groupDigits, oneLine, shortTime } from '../output/text.ts';
import { examples, openSession, type Session, type SessionFlags, withSession } from '../session.ts';
import { collectText, credits, idText, wholeNumber } from '../values.ts';
import { morePages, type PageFlags, pageQuery, withPages } from './pages.ts';

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

type KeyView = Awaited<ReturnType<Session['plexus']['network']['listKeys']>>['items'][number];

interface CreateFlags extends SessionFlags {
  readonly label?: string;
  readonly role?: 'operator' | 'provider' | 'client';
  readonly scope?: readonly string[];
  readonly expires?: string;
  readonly spendLimit?: string;
  readonly maxRunning?: number;
  readonly account?: string;
}

export function addKeys(program: Command, io: Io): void {
  const keys = program.command('keys').summary('list, create and revoke API keys').description('Look after API keys.');
  examples(keys, ['plexus keys', 'plexus keys create --label ci --scope submit --spend-limit 500 --expires 30d']);
  const list = defaultCommand(keys, 'ls').alias('list').description('The keys of your account, revoked ones too.');
  examples(withSession(withPages(list)), ['plexus keys ls']).action((flags: SessionFlags & PageFlags) =>
    listKeys(io, flags),
  );
  addCreate(keys, io);
  const revoke = keys
    .command('revoke')
    .description('Revoke a key at once.')
    .argument('<key-id>', 'see `plexus keys ls`', idText);
  examples(withSession(revoke), ['plexus keys revoke KEY_ID']).action((id: string, flags: SessionFlags) =>
    revokeKey(io, id, flags),
  );
}

function addCreate(keys: Command, io: Io): void {
  const create = keys
    .command('create')
    .description('Make another key; it is printed this once. It can be no stronger than the one that makes it.')
    .option('--label <text>', 'what it is for')
    .addOption(new Option('--role <role>', 'who holds it').choices(['operator', 'provider', 'client']))
    .option('--scope <scope>', 'submit, read, wallet, keys, node or node:ID; repeatable', collectText)
    .option('--expires <when>', 'after 30m, 12h or 30d, or at an RFC 3339 time', expiry)
    .option('--spend-limit <credits>', 'most credits that it may ever spend', credits)
    .option('--max-running <n>', 'most jobs of it that may run or wait at once', wholeNumber(1, 100_000))
    .option('--account <id>', 'for another account; operators only');
  examples(withSession(create), [
    'plexus keys create --label laptop',
    'KEY=$(plexus keys create --scope submit --scope read --spend-limit 500)',
    'plexus keys create --scope node:NODE --expires 12h',
  ]).action((flags: CreateFlags) => createKey(io, flags));
}

function expiry(text: string): string {
  const [, amount, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const at =
    amount === undefined ? instantOf(text) : Date.now() + Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
  if (Number.isNaN(at)) {
    throw new InvalidArgumentError('It must be 30m, 12h, 30d or an RFC 3339 time, such as 2027-01-31T12:00:00Z.');
  }
  if (at <= Date.now()) throw new InvalidArgumentError('It must lie ahead: such a key would be of no use.');
  return new Date(at).toISOString();
}

/** Date.parse takes `12` for a December long ago, and a time without its zone for this machine's. Source: RFC 3339, 5.6. */
function instantOf(text: string): number {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(text) ? Date.parse(text) : Number.NaN;
}

async function listKeys(io: Io, flags: SessionFlags & PageFlags): Promise<void> {
  const session = await openSession(io, flags);
  const page = await session.plexus.network.listKeys({ query: pageQuery(flags) }, { signal: io.signal });
  session.show(page, () =>
    table(
      [
        { title: 'id' },
        { title: 'key' },
        { title: 'label' },
        { title: 'role' },
        { title: 'scopes' },
        { title: 'spent', align: 'right' },
        { title: 'limit', align: 'right' },
        { title: 'state' },
      ],
      page.items.map((key) => [
        key.id,
        `${key.prefix}…`,
        key.label || '-',
        key.role,
        key.scopes.join(', '),
        // Nobody counts what a key without a limit spends.
        key.spend_limit === null ? '-' : groupDigits(key.spent),
        key.spend_limit === null ? '-' : groupDigits(key.spend_limit),
        stateOf(key, session.colours),
      ]),
    ),
  );
  morePages(session, page.next);
}

function stateOf({ revoked_at, expires_at }: KeyView, colours: Colours): Cell {
  if (revoked_at !== null) return { text: 'revoked', paint: colours.dim };
  if (expires_at === null) return { text: 'valid', paint: colours.green };
  return Date.parse(expires_at) <= Date.now()
    ? { text: 'expired', paint: colours.dim }
    : { text: `until ${shortTime(expires_at)} UTC`, paint: colours.green };
}

async function createKey(io: Io, flags: CreateFlags): Promise<void> {
  const session = await openSession(io, flags);
  const { label, role, scope, expires, spendLimit, maxRunning, account } = flags;
  const body = {
    ...(label !== undefined && { label }),
    ...(role && { role }),
    ...(scope && { scopes: [...scope] }),
    ...(expires !== undefined && { expires_at: expires }),
    ...(spendLimit !== undefined && { spend_limit: spendLimit }),
    ...(maxRunning !== undefined && { max_running: maxRunning }),
    ...(account !== undefined && { account_id: account }),
  };
  const key = await session.plexus.network.createKey({ body }, { signal: io.signal });
  session.show(key, () => `${oneLine(key.api_key)}\n`);
  session.note(session.colours.dim(`id ${oneLine(key.id)} · ${key.role} · shown this once: keep it safe`));
}

async function revokeKey(io: Io, id: string, flags: SessionFlags): Promise<void> {
  const session = await openSession(io, flags);
  const key = await session.plexus.network.revokeKey({ params: { key_id: id } }, { signal: io.signal });
  session.show(key, () => `${oneLine(key.id)} (${oneLine(key.prefix)}…) is revoked\n`);
}
