import Type, { type TSchema } from 'typebox';
import { Nullable } from '../schemas.ts';

export { CallbackUrl, Id, Instant, Nullable } from '../schemas.ts';

export const Credits = Type.String({ description: 'Credits as decimal text, at most 6 places.' });
const after = (options: { readonly pattern?: string } = {}) =>
  Type.Optional(Type.String({ maxLength: 200, description: 'The `next` of the page before.', ...options }));
export const PageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 50 })),
  after: after(),
};
/** What is no id stands before or behind all ids: a list would begin anew there, or end. */
export const pageQueryOf = (pattern: string) => ({ ...PageQuery, after: after({ pattern }) });
export const page = <T extends TSchema>(item: T) =>
  Type.Object({ items: Type.Array(item), next: Nullable(Type.String()) });
