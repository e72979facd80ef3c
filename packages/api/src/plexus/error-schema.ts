import Type from 'typebox';

/** The body of every refusal. */
export const plexusErrorSchema = Type.Object({
  error: Type.Object({
    code: Type.String({ description: 'Stable; the same for one reason everywhere.' }),
    message: Type.String(),
    details: Type.Record(Type.String(), Type.Unknown()),
    request_id: Type.String(),
  }),
});
