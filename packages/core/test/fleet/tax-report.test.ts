import { expect, it } from 'vitest';
import type { Payout } from '../../src/fleet/payout.ts';
import { taxReport, taxReportName } from '../../src/fleet/tax-report.ts';

const AT = new Date('2025-01-15T10:30:00.999Z');
const PAYOUT: Payout = {
  id: 1,
  participantId: 7,
  transactionHash: 'abc',
  amount: 25_500_000_000n,
  fromAddress: 'UQPool',
  toAddress: 'UQParticipant',
  isUnverified: true,
  transactionAt: AT,
  isConfirmed: false,
  confirmations: 0,
  createdAt: AT,
};

/** Reads CSV as RFC 4180 has it, by itself. */
function cellsOf(csv: string): string[][] {
  const rows: string[][] = [];
  for (const [, quoted, bare, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    const row = rows.at(-1) ?? rows[rows.push([]) - 1];
    row?.push(quoted === undefined ? (bare ?? '') : quoted.replaceAll('""', '"'));
    if (end === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

it('has a line for each payout, and nothing where nothing is known', () => {
  const known = { usdMicro: 89_250_000n, blockNumber: 9, totalRequests: 3, computeSeconds: 4, isConfirmed: true };
  const csv = taxReport([
    { payout: PAYOUT, wallet: 'W' },
    { payout: { ...PAYOUT, ...known, amount: 1n }, wallet: 'W' },
  ]);
  const [header, first, second] = cellsOf(csv);
  expect(header?.join(',')).toBe(
    'Date,Transaction Hash,Participant ID,Wallet Address,Amount (TON),Amount (USD),From Address,Confirmed,Block Number,Total Requests,Compute Time (seconds)',
  );
  expect(first).toEqual(['2025-01-15 10:30:00', 'abc', '7', 'W', '25.5', '', 'UQPool', 'No', '', '', '']);
  expect(second?.slice(4)).toEqual(['0.000000001', '89.25', 'UQPool', 'Yes', '9', '3', '4']);
});

it.each(['=1+1', '+1', '-1', '@x', '\tx', '\r=1', '\n=1'])('takes %j for no formula', (text) => {
  const csv = taxReport([{ payout: { ...PAYOUT, transactionHash: text }, wallet: '=HYPERLINK("http://x","y")' }]);
  const [, row] = cellsOf(csv);
  expect([row?.[1], row?.[3]]).toEqual([`'${text}`, `'=HYPERLINK("http://x","y")`]);
});

it('quotes what would break a line', () => {
  const [, row] = cellsOf(taxReport([{ payout: { ...PAYOUT, fromAddress: 'a,"b"\r\nc' }, wallet: ' w' }]));
  expect([row?.[3], row?.[6]]).toEqual([' w', 'a,"b"\r\nc']);
});

it('is named by its day', () => {
  expect(taxReportName(AT)).toBe('cocoon_payouts_tax_report_20250115.csv');
});
