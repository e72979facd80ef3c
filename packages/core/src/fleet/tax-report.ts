import { formatTon } from '@plexus/protocol';
import type { TaxedPayout } from './payout-service.ts';

/** Source: contract/cocoon.md, "Tax CSV". */
const HEADER = [
  'Date',
  'Transaction Hash',
  'Participant ID',
  'Wallet Address',
  'Amount (TON)',
  'Amount (USD)',
  'From Address',
  'Confirmed',
  'Block Number',
  'Total Requests',
  'Compute Time (seconds)',
];

const USD_PLACES = 6;

/** Payouts as CSV that a spreadsheet program opens. Source: RFC 4180. */
export function taxReport(payouts: readonly TaxedPayout[]): string {
  return [HEADER, ...payouts.map(lineOf)].map((cells) => `${cells.map(cellOf).join(',')}\r\n`).join('');
}

/** The name of a report that was made at an instant. */
export function taxReportName(at: Date): string {
  return `cocoon_payouts_tax_report_${at.toISOString().slice(0, 10).replaceAll('-', '')}.csv`;
}

function lineOf({ payout, wallet }: TaxedPayout): readonly string[] {
  return [
    payout.transactionAt.toISOString().slice(0, 19).replace('T', ' '),
    payout.transactionHash,
    String(payout.participantId),
    wallet,
    formatTon(payout.amount),
    payout.usdMicro === undefined ? '' : usdText(payout.usdMicro),
    payout.fromAddress,
    payout.isConfirmed ? 'Yes' : 'No',
    textOf(payout.blockNumber),
    textOf(payout.totalRequests),
    textOf(payout.computeSeconds),
  ];
}

/** At least two places, as dollars are written. */
function usdText(micro: bigint): string {
  const digits = micro.toString().padStart(USD_PLACES + 1, '0');
  const fraction = digits.slice(-USD_PLACES).replace(/0+$/, '').padEnd(2, '0');
  return `${digits.slice(0, -USD_PLACES)}.${fraction}`;
}

function textOf(number: number | undefined): string {
  return number === undefined ? '' : String(number);
}

/**
 * A cell that no program takes for a formula: what begins like one gets an apostrophe before it. Source: OWASP, "CSV
 * Injection".
 */
function cellOf(text: string): string {
  const safe = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}
