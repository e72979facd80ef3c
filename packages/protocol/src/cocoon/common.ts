import Type from 'typebox';
import { Nullable } from '../schemas.ts';

/** The largest number that JSON holds exactly. */
const MAX_ID = Number.MAX_SAFE_INTEGER;
/** More TON than there is, and in nanoTON no more than 64 bits hold. Source: TON's documentation, "Toncoin": about 5 billion. */
const MAX_TON = 9_000_000_000;

export const FleetId = Type.Integer({ minimum: 0, maximum: MAX_ID });
export const OptionalText = (maxLength: number) => Type.Optional(Nullable(Type.String({ maxLength })));
export const Ton = Type.Number({ description: 'TON, at most 9 places.' });
export const NewTon = Type.Number({ exclusiveMinimum: 0, maximum: MAX_TON, description: 'TON, at most 9 places.' });
export const NewInstant = Type.String({
  minLength: 10,
  maxLength: 40,
  description: 'RFC 3339; without a zone it is UTC.',
});
export const Paging = (fallback: number) => ({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: fallback })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000, default: 0 })),
});
export const FORBIDDEN = "This needs an operator's key, or the participant's own wallet";
