import type { Command } from 'commander';
import { defaultCommand } from '../default-command.ts';
import type { Io } from '../io.ts';
import type { Colours } from '../output/colours.ts';
import { type Cell, fields, table } from '../output/table.ts';
import { groupDigits, shortTime } from '../output/text.ts';
import { examples, openSession, type Session, type SessionFlags, withSession } from '../session.ts';
import { credits, idText } from '../values.ts';
import { morePages, type PageFlags, pageQuery, withPages } from './pages.ts';

type Wallet = Awaited<ReturnType<Session['plexus']['network']['getWallet']>>;

export function addWallet(program: Command, io: Io): void {
  const wallet = program.command('wallet').summary('show your balance').description('Your balance and its history.');
  examples(wallet, ['plexus wallet', 'plexus wallet entries --limit 20']);
  const show = defaultCommand(wallet, 'show').description('The parts of your balance.');
  examples(withSession(show), ['plexus wallet', 'plexus wallet show --json']).action((flags: SessionFlags) =>
    showWallet(io, flags),
  );
  const entries = wallet.command('entries').description('What changed your balance, newest first.');
  examples(withSession(withPages(entries)), ['plexus wallet entries --limit 20']).action(
    (flags: SessionFlags & PageFlags) => listEntries(io, flags),
  );
}

export function addGrant(program: Command, io: Io): void {
  const grant = program
    .command('grant')
    .summary('give credits to an account')
    .description('Give credits to an account out of the mint. For operators.')
    .argument('<account>', 'account id, see `plexus wallet`', idText)
    .argument('<credits>', 'for example 500 or 2.5', credits)
    .option('--memo <text>', 'why, kept in the ledger');
  examples(withSession(grant), ['plexus grant ACCOUNT 500 --memo "welcome"']).action(
    (account: string, amount: string, flags: SessionFlags & { readonly memo?: string }) =>
      giveCredits(io, account, amount, flags),
  );
}

async function showWallet(io: Io, flags: SessionFlags): Promise<void> {
  const session = await openSession(io, flags);
  const wallet = await session.plexus.network.getWallet({}, { signal: io.signal });
  session.show(wallet, () => walletText(wallet));
}

async function giveCredits(
  io: Io,
  account: string,
  amount: string,
  flags: SessionFlags & { readonly memo?: string },
): Promise<void> {
  const session = await openSession(io, flags);
  const { memo } = flags;
  const body = { account_id: account, credits: amount, ...(memo !== undefined && { memo }) };
  const wallet = await session.plexus.network.grant({ body }, { signal: io.signal });
  session.show(wallet, () => walletText(wallet));
}

function walletText(wallet: Wallet): string {
  return fields([
    ['account', wallet.account_id],
    ['name', wallet.name || '-'],
    ['available', `${groupDigits(wallet.available)} credits`],
    ['held', groupDigits(wallet.held)],
    ['staked', groupDigits(wallet.staked)],
    ['cooling', groupDigits(wallet.cooling)],
    ['earned', `${groupDigits(wallet.earned)} in all`],
    ['spent', `${groupDigits(wallet.spent)} in all`],
  ]);
}

async function listEntries(io: Io, flags: SessionFlags & PageFlags): Promise<void> {
  const session = await openSession(io, flags);
  const page = await session.plexus.network.listEntries({ query: pageQuery(flags) }, { signal: io.signal });
  session.show(page, () =>
    table(
      [
        { title: 'at (utc)' },
        { title: 'kind' },
        { title: 'credits', align: 'right' },
        { title: 'job' },
        { title: 'memo' },
      ],
      page.items.map((entry) => [
        shortTime(entry.at),
        entry.kind,
        amountCell(entry.amount, session.colours),
        entry.job_id ?? '-',
        entry.memo ?? '-',
      ]),
    ),
  );
  morePages(session, page.next);
}

function amountCell(amount: string, colours: Colours): Cell {
  return { text: groupDigits(amount), paint: amount.startsWith('-') ? colours.red : colours.green };
}
