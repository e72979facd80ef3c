import Type from 'typebox';

const Nullable = Type.Union([Type.String(), Type.Null()]);

/** The body of every refusal, and of the last event of a stream that failed. */
export const openAiErrorSchema = Type.Object({
  error: Type.Object({ message: Type.String(), type: Type.String(), param: Nullable, code: Nullable }),
});
