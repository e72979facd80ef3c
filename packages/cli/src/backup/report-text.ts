import type { BackupReport, RestoreReport } from '@plexus/coordinator';
import type { Colours } from '../output/colours.ts';
import { fields } from '../output/table.ts';
import { groupDigits, shortTime } from '../output/text.ts';

/** What a backup holds, and what is wrong with it. */
export function reportText(report: BackupReport, colours: Colours): string {
  const { file, takenAt, madeBy, sha256, problems } = report;
  return fields([
    ['backup', file],
    ['size', `${groupDigits(String(report.bytes))} bytes`],
    ...(takenAt === undefined ? [] : [['taken', `${shortTime(takenAt)} by Plexus ${madeBy ?? ''}`] as const]),
    ...bookLines(report),
    ...(sha256 === undefined ? [] : [['sha-256', sha256] as const]),
    ...problems.map((problem) => ['wrong', { text: problem, paint: colours.red }] as const),
  ]);
}

/** What a home is after a restore, and what happened to what was there. */
export function restoredText(report: RestoreReport): string {
  const { home, setAside, log } = report;
  return fields([
    ['restored', home],
    ...bookLines(report),
    ...(setAside === undefined ? [] : [['set aside', setAside] as const]),
    ['the log', log ? `begins anew as ${log.log_id}, which clients are told of` : 'goes on under its name'],
    ['start it', `plexus up --home ${home}`],
  ]);
}

function bookLines(report: BackupReport): readonly (readonly [string, string])[] {
  const count = (value: number) => groupDigits(String(value));
  const { accounts, jobs, openJobs, receipts, files, head, problems } = report;
  const newest = head ? `newest head over ${count(head.tree_size)}, signed ${shortTime(head.timestamp)}` : 'no head';
  return [
    ['holds', `${count(accounts)} accounts, ${count(jobs)} jobs (${count(openJobs)} open)`],
    ['log', `${count(receipts)} receipts, ${newest}`],
    ['ledger', problems.length === 0 ? 'sums to zero, as its journal says' : 'see below'],
    ['files', files.length === 0 ? 'none: without keys' : files.join(', ')],
  ];
}
