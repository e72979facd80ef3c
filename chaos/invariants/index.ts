import { allEnded } from './all-ended.ts';
import { callersContent } from './callers-content.ts';
import { chargedOnce } from './charged-once.ts';
import { noIdleHold } from './no-idle-hold.ts';
import { honestAnswers } from './honest-answers.ts';
import type { Invariant } from './invariant.ts';
import { ledgerSum } from './ledger-sum.ts';
import { logOnlyGrew } from './log-only-grew.ts';
import { nothingLost } from './nothing-lost.ts';
import { partsLive } from './parts-live.ts';
import { receiptsVerify } from './receipts-verify.ts';
import { singleLease } from './single-lease.ts';
import { tallyMatches } from './tally-matches.ts';
import { turnsInOrder } from './turns-in-order.ts';

export const INVARIANTS: readonly Invariant[] = [
  partsLive,
  callersContent,
  nothingLost,
  singleLease,
  chargedOnce,
  noIdleHold,
  ledgerSum,
  honestAnswers,
  allEnded,
  turnsInOrder,
  tallyMatches,
  receiptsVerify,
  logOnlyGrew,
];
