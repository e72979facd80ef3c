/** Pieces of schemas that several dialects are made of. */
import Type, { type TSchema } from 'typebox';

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
export const Instant = Type.String({ description: 'RFC 3339, UTC.' });
/** Where a client wants to be told that its job has ended. */
export const CallbackUrl = Type.String({
  minLength: 1,
  maxLength: 2000,
  description: 'Where you are told that the job has ended, by a signed POST: see docs/guides/webhooks.md.',
});
export const Id = Type.String({ minLength: 1, maxLength: 200 });
