import Type from 'typebox';

export { Instant, Nullable } from '../schemas.ts';

/** The most that one call may name, in NEURO: its micro-NEURO are still exact as a JSON number. */
const MAX_AMOUNT = 9_000_000_000;

/** An amount that a call names. That it has at most 6 places is checked where it is read. */
export const Amount = Type.Number({
  exclusiveMinimum: 0,
  maximum: MAX_AMOUNT,
  description: 'NEURO, with at most 6 decimal places.',
});

/** An amount in an answer. */
export const Neuro = Type.Number({ description: 'NEURO.' });

export const Day = Type.String({ description: 'A UTC day, for example `2024-12-04`.' });
