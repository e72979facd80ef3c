import Type from 'typebox';

/** The body of every refusal. */
export const aitbcErrorSchema = Type.Object({
  error: Type.Object({
    code: Type.String({ description: 'One of the codes of the table; the same for one reason everywhere.' }),
    message: Type.String(),
    details: Type.Object({ request_id: Type.String() }, { description: 'The facts of the refusal.' }),
  }),
});
