import Type, { type TSchema } from 'typebox';
import { Nullable } from '../schemas.ts';

export { CallbackUrl, Id, Instant, Nullable } from '../schemas.ts';

export const Credits = Type.String({ description: 'Credits as decimal text, at most 6 places.' });
export const PageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 50 })),
  after: Type.Optional(Type.String({ maxLength: 200, description: 'The `next` of the page before.' })),
};
export const page = <T extends TSchema>(item: T) =>
  Type.Object({ items: Type.Array(item), next: Nullable(Type.String()) });
