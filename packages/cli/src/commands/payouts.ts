import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { CliError, usageError } from '../failure.ts';
import type { Io } from '../io.ts';
import { fields, table } from '../output/table.ts';
import { groupDigits, shortTime } from '../output/text.ts';
import { type Plan, remoteBook } from '../payouts/plan-book.ts';
import { isPrice, priceSourceOf } from '../payouts/price-source.ts';
import { examples, openSession, type Session, type SessionFlags, withSession } from '../session.ts';
import { decimal, idText, wholeNumber } from '../values.ts';
import { moreFrom, type OffsetFlags, offsetQuery, withOffset } from './pages.ts';

const LOOK_EVERY_MS = 5000;
const WORDS = 24;
const ENDPOINTS = {
  mainnet: 'https://toncenter.com/api/v2',
  testnet: 'https://testnet.toncenter.com/api/v2',
} as const;

interface PlanFlags extends SessionFlags {
  readonly from: string;
  readonly to: string;
  readonly share?: number;
  readonly minimum?: number;
}

interface SendFlags extends SessionFlags {
  readonly walletFile: string;
  readonly testnet?: boolean;
  readonly endpoint?: string;
  readonly usdPerTon?: number | URL;
}

export function addPayouts(program: Command, io: Io): void {
  const payouts = program
    .command('payouts')
    .summary('pay the participants of the fleet in TON')
    .description(
      'Work out what participants are owed for what their workers earned in TON, and pay it. For operators.',
    );
  addPlan(payouts, io);
  const list = payouts.command('list').description('Plans, newest first.');
  withSession(withOffset(list)).action((flags: SessionFlags & OffsetFlags) => listPlans(io, flags));
  const show = payouts
    .command('show')
    .description('Who gets how much, and how far that is.')
    .argument('<plan>', 'its id', idText);
  withSession(show).action((id: string, flags: SessionFlags) => showPlan(io, id, flags));
  const cancel = payouts
    .command('cancel')
    .description('Give up a plan of which nothing is signed.')
    .argument('<plan>', 'its id', idText);
  withSession(cancel).action((id: string, flags: SessionFlags) => cancelPlan(io, id, flags));
  addSend(payouts, io);
}

function addPlan(payouts: Command, io: Io): void {
  const plan = payouts
    .command('plan')
    .description('Work out the shares of a period. Sends nothing: look at it, then `plexus payouts send`.')
    .requiredOption('--from <time>', 'begin of the period, on a whole hour, such as 2025-01-08T00:00:00Z')
    .requiredOption('--to <time>', 'its end')
    .option('--share <n>', "the participants' share of the revenue, in 1/100 % (10000: all)", wholeNumber(1, 10_000))
    .option('--minimum <ton>', 'what is less is carried over to the next plan (0.01)', decimal);
  examples(withSession(plan), [
    'plexus payouts plan --from 2025-01-08T00:00:00Z --to 2025-01-15T00:00:00Z --share 9000',
  ]).action((flags: PlanFlags) => makePlan(io, flags));
}

function addSend(payouts: Command, io: Io): void {
  const send = payouts
    .command('send')
    .description('Pay what a plan leaves unpaid. Begun again after a crash it pays nothing twice.')
    .argument('<plan>', 'its id', idText)
    .requiredOption(
      '--wallet-file <path>',
      `a file with the ${WORDS} words of a wallet of version 5; they stay on this machine`,
    )
    .option('--testnet', 'on the test network')
    .option(
      '--usd-per-ton <price>',
      'what is written down as the worth of the payouts; nothing without it; a number, or the URL of JSON with a JSON Pointer to it behind #',
      priceOrSource,
    )
    .option('--endpoint <url>', 'an API of toncenter, version 2 (TONCENTER_API_KEY is its key)', httpUrl);
  examples(withSession(send), ['plexus payouts send PLAN --wallet-file ~/payer.words --testnet']).action(
    (id: string, flags: SendFlags) => sendPlan(io, id, flags),
  );
}

async function makePlan(io: Io, flags: PlanFlags): Promise<void> {
  const session = await openSession(io, flags);
  const { from, to, share, minimum } = flags;
  const body = {
    period_start: from,
    period_end: to,
    ...(share !== undefined && { share_basis_points: share }),
    ...(minimum !== undefined && { minimum_ton: minimum }),
  };
  const plan = await session.plexus.payoutPlans.planPayouts({ body }, { signal: io.signal });
  session.show(plan, () => planText(plan));
}

async function listPlans(io: Io, flags: SessionFlags & OffsetFlags): Promise<void> {
  const session = await openSession(io, flags);
  const plans = await session.plexus.payoutPlans.listPayoutPlans({ query: offsetQuery(flags) }, { signal: io.signal });
  const titles = [
    { title: 'plan' },
    { title: 'state' },
    { title: 'from (utc)' },
    { title: 'to' },
    { title: 'payments' },
  ];
  session.show(plans, () =>
    table(
      titles,
      plans.map((plan) => [
        plan.id,
        plan.state,
        shortTime(plan.period_start),
        shortTime(plan.period_end),
        String(plan.shares.length),
      ]),
    ),
  );
  moreFrom(session, flags, plans.length);
}

async function showPlan(io: Io, id: string, flags: SessionFlags): Promise<void> {
  const session = await openSession(io, flags);
  const plan = await getPlan(session, io, id);
  session.show(plan, () => planText(plan));
}

async function cancelPlan(io: Io, id: string, flags: SessionFlags): Promise<void> {
  const session = await openSession(io, flags);
  const { revision } = await getPlan(session, io, id);
  const params = { plan_id: id };
  const plan = await session.plexus.payoutPlans.cancelPayoutPlan({ params, body: { revision } }, { signal: io.signal });
  session.show(plan, () => planText(plan));
}

async function sendPlan(io: Io, id: string, flags: SendFlags): Promise<void> {
  const session = await openSession(io, flags);
  const { createToncenter, sendPayouts, walletOfWords } = await import('@plexus/ton');
  const network = flags.testnet === true ? 'testnet' : 'mainnet';
  const wallet = await walletOfWords(await readWords(flags.walletFile), network);
  const apiKey = io.env['TONCENTER_API_KEY'];
  const url = flags.endpoint ?? ENDPOINTS[network];
  const { fetch = globalThis.fetch, signal } = io;
  const say = (text: string): void => session.note(text);
  session.note(`Paying out of ${wallet.rawAddress} on ${network}.`);
  try {
    await sendPayouts({
      book: remoteBook(session.plexus, {
        planId: id,
        priceOf: priceSourceOf(flags.usdPerTon, { fetch, signal, say }),
        signal,
      }),
      chain: createToncenter({
        url,
        ...(apiKey !== undefined && apiKey !== '' && { apiKey }),
        ...(io.fetch && { fetch: io.fetch }),
      }),
      wallet,
      pause: () => sleep(LOOK_EVERY_MS, undefined, { signal: io.signal }),
      say,
    });
  } catch (error) {
    if (io.signal.aborted || !(error instanceof Error) || error.name !== 'Error') throw error;
    throw new CliError(error.message, { hint: `The plan stands: plexus payouts show ${id}` });
  }
  const plan = await getPlan(session, io, id);
  session.show(plan, () => planText(plan));
}

function priceOrSource(text: string): number | URL {
  if (/^https?:/i.test(text) && URL.canParse(text)) return new URL(text);
  const price = decimal(text);
  if (isPrice(price)) return price;
  throw new InvalidArgumentError('It must be above 0 and at most 1000000.');
}

function httpUrl(text: string): string {
  if (/^https?:/i.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError('It must be a URL that begins with http:// or https://.');
}

async function readWords(path: string): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8');
  const words = text.trim().split(/\s+/);
  if (words.length === WORDS) return words;
  throw usageError(`${path} has ${words.length} words, not ${WORDS}`);
}

function getPlan({ plexus }: Session, io: Io, id: string): Promise<Plan> {
  return plexus.payoutPlans.getPayoutPlan({ params: { plan_id: id } }, { signal: io.signal });
}

function planText(plan: Plan): string {
  const head = fields([
    ['plan', plan.id],
    ['state', plan.state],
    ['period', `${shortTime(plan.period_start)} to ${shortTime(plan.period_end)} UTC`],
    ['share', `${plan.share_basis_points / 100} % of the revenue, from ${plan.minimum_ton} TON on`],
  ]);
  const stateOf = (id: number): string =>
    plan.messages.findLast(({ participant_ids: ids }) => ids.includes(id))?.state ?? 'unpaid';
  const rows = plan.shares.map((share) => [
    String(share.participant_id),
    share.wallet,
    groupDigits(share.revenue_ton),
    groupDigits(share.carried_ton),
    groupDigits(share.amount_ton),
    stateOf(share.participant_id),
  ]);
  const titles = [
    { title: 'participant' },
    { title: 'wallet' },
    { title: 'revenue', align: 'right' as const },
    { title: 'carried', align: 'right' as const },
    { title: 'ton', align: 'right' as const },
    { title: 'payment' },
  ];
  return `${head}\n${table(titles, rows)}${carriedText(plan)}`;
}

/** Those who are owed less than the minimum. */
function carriedText({ carried }: Plan): string {
  const rows = carried.map((one) => [String(one.participant_id), groupDigits(one.amount_ton)]);
  const titles = [{ title: 'participant' }, { title: 'carried over', align: 'right' as const }];
  return rows.length === 0 ? '' : `\n${table(titles, rows)}`;
}
