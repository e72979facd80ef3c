/** Pieces of schemas that several dialects are made of. */
import Type, { type TSchema } from 'typebox';

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
export const Instant = Type.String({ description: 'RFC 3339, UTC.' });
export const Id = Type.String({ minLength: 1, maxLength: 200 });
