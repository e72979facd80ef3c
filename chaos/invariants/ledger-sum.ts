import type { Row } from '../books/books.ts';
import { type Invariant, micro } from './invariant.ts';

const PARTS = ['available', 'held', 'staked', 'cooling'] as const;

/** All balances sum to zero, and each is what the journal comes to when it is added up anew. */
export const ledgerSum: Invariant = {
  name: 'ledger sum zero',
  when: 'always',
  asks: {
    accounts: 'SELECT id, available, held, staked, cooling FROM account',
    flows: `
      SELECT account, part, SUM(amount) AS amount FROM (
        SELECT credit_account AS account, credit_part AS part, amount FROM transfer
        UNION ALL SELECT debit_account, debit_part, -amount FROM transfer
      ) AS flow GROUP BY account, part`,
  },
  judge({ rows }) {
    const accounts = rows('accounts');
    const flows = new Map(
      rows('flows').map(({ account, part, amount = null }) => [`${account} ${part}`, micro(amount)]),
    );
    const sum = accounts.reduce((total, account) => total + sumOf(account), 0n);
    const wrong = sum === 0n ? [] : [`all balances sum to ${sum} µ`];
    for (const account of accounts) {
      for (const part of PARTS) {
        const [kept, journal] = [micro(account[part]), flows.get(`${account['id']} ${part}`) ?? 0n];
        if (kept !== journal) wrong.push(`account ${account['id']} has ${kept} µ ${part}, its journal says ${journal}`);
      }
    }
    return wrong;
  },
};

function sumOf(account: Row): bigint {
  return PARTS.reduce((sum, part) => sum + micro(account[part]), 0n);
}
