import Type from 'typebox';

/** The body of every refusal. Source: seed 004. */
export const infernetErrorSchema = Type.Object({
  error: Type.String(),
  params: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'What of the request is meant.' })),
});
