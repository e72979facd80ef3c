import Type from 'typebox';

/** The body of every refusal. Source: seed 003, "Error Response Format". */
export const neuroshardErrorSchema = Type.Object({
  error: Type.Object({
    code: Type.String(),
    message: Type.String(),
    details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  }),
});
