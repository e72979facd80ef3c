import type { JobState, JobView } from '@plexus/protocol';
import { hasEnded } from '@plexus/sdk';
import { type Command, Option } from 'commander';
import { defaultCommand } from '../default-command.ts';
import type { Io } from '../io.ts';
import { startProgress } from '../output/progress.ts';
import { paintState } from '../output/state.ts';
import { fields, table } from '../output/table.ts';
import { groupDigits, oneLine, printable, shortTime } from '../output/text.ts';
import { examples, openSession, type Session, type SessionFlags, withSession } from '../session.ts';
import { idText, wholeNumber } from '../values.ts';
import { explain } from './jobs-explain.ts';
import { morePages, type PageFlags, pageQuery, withPages } from './pages.ts';

const STATES = ['queued', 'running', 'completed', 'failed', 'cancelled', 'timed_out'];
/** The network waits for this long at most. */
const MAX_WAIT_SECONDS = 60;

interface ListFlags extends SessionFlags, PageFlags {
  readonly state?: JobState;
  readonly all?: boolean;
}

interface GetFlags extends SessionFlags {
  /** For so many seconds, or until its end. */
  readonly wait?: number | true;
}

export function addJobs(program: Command, io: Io): void {
  const jobs = program
    .command('jobs')
    .summary('list, inspect, explain and cancel jobs')
    .description('Look after jobs.');
  examples(jobs, ['plexus jobs ls --state running', 'plexus jobs explain JOB']);
  addList(jobs, io);
  addGet(jobs, io);
  const why = jobs
    .command('explain')
    .description('Say why a job went where it went.')
    .argument('<job>', 'its id', idText);
  examples(withSession(why), ['plexus jobs explain JOB']).action((id: string, flags: SessionFlags) =>
    explain(io, id, flags),
  );
  const cancel = jobs
    .command('cancel')
    .description('Stop a job; what was held comes back.')
    .argument('<job>', 'its id', idText);
  examples(withSession(cancel), ['plexus jobs cancel JOB']).action((id: string, flags: SessionFlags) =>
    cancelJob(io, id, flags),
  );
}

function addList(jobs: Command, io: Io): void {
  const list = defaultCommand(jobs, 'ls')
    .alias('list')
    .description('Your jobs, newest first.')
    .addOption(new Option('--state <state>', 'only jobs in this state').choices(STATES))
    .option('--all', "everybody's jobs, for an operator");
  examples(withSession(withPages(list)), ['plexus jobs ls', 'plexus jobs ls --state failed --all']).action(
    (flags: ListFlags) => listJobs(io, flags),
  );
}

function addGet(jobs: Command, io: Io): void {
  const get = jobs
    .command('get')
    .description('A job with its result.')
    .argument('<job>', 'its id', idText)
    .option('--wait [seconds]', 'wait for its end, or for so long at most', wholeNumber(0, MAX_WAIT_SECONDS));
  examples(withSession(get), [
    'plexus jobs get JOB',
    'plexus jobs get JOB --wait',
    'plexus jobs get JOB --wait 10',
  ]).action((id: string, flags: GetFlags) => getJob(io, id, flags));
}

async function listJobs(io: Io, flags: ListFlags): Promise<void> {
  const session = await openSession(io, flags);
  const { state, all } = flags;
  const query = { ...pageQuery(flags), ...(state && { state }), ...(all && { all }) };
  const page = await session.plexus.network.listJobs({ query }, { signal: io.signal });
  session.show(page, () =>
    table(
      [
        { title: 'job' },
        { title: 'service' },
        { title: 'state' },
        { title: 'credits', align: 'right' },
        { title: 'node' },
        { title: 'created (utc)' },
      ],
      page.items.map((job) => [
        job.id,
        job.service,
        paintState(job.state, session.colours),
        groupDigits(job.cost),
        job.node_id ?? '-',
        shortTime(job.created_at),
      ]),
    ),
  );
  morePages(session, page.next);
}

async function getJob(io: Io, id: string, flags: GetFlags): Promise<void> {
  const session = await openSession(io, flags);
  const progress = startProgress(io.stderr, `waiting for ${id}`);
  const job = await waitFor(io, session, id, flags.wait ?? 0).finally(() => progress.stop());
  session.show(job, () => jobText(job, paintState(job.state, session.colours)));
  if (!hasEnded(job.state)) session.note(session.colours.dim('It has not ended; add --wait to wait for that.'));
}

async function waitFor({ signal }: Io, { plexus }: Session, id: string, wait: number | true): Promise<JobView> {
  if (wait === true) return await plexus.follow(id, { signal });
  return await plexus.network.getJob({ params: { job_id: id }, query: { wait_seconds: wait } }, { signal });
}

async function cancelJob(io: Io, id: string, flags: SessionFlags): Promise<void> {
  const session = await openSession(io, flags);
  const job = await session.plexus.network.cancelJob({ params: { job_id: id } }, { signal: io.signal });
  session.show(job, () => `${oneLine(job.id)} is ${job.state}\n`);
}

function jobText(job: JobView, state: ReturnType<typeof paintState>): string {
  const rows = fields([
    ['job', job.id],
    ['service', job.service],
    ['state', state],
    ['reason', job.reason ?? '-'],
    ['progress', `${job.progress} %`],
    ['node', job.node_id ?? '-'],
    ['attempts', String(job.attempts.length)],
    ['cost', `${groupDigits(job.cost)} credits`],
    ['held', `${groupDigits(job.held)} credits`],
    ['receipt', job.receipt_id ?? '-'],
    ['created', `${shortTime(job.created_at)} UTC`],
    ['ended', job.ended_at === null ? '-' : `${shortTime(job.ended_at)} UTC`],
    ['deadline', `${shortTime(job.deadline_at)} UTC`],
    ...(job.error === null ? [] : [['error', job.error] as const]),
    ...(job.texts_removed ? [['result', 'removed, as the job ended long ago (texts_removed)'] as const] : []),
  ]);
  return job.result === null ? rows : `${rows}\n${printable(job.result)}\n`;
}
