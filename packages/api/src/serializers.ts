import compile from 'fast-json-stringify';
import type { FastifySerializerCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { late } from './late.ts';

/** Compiles the schema of an answer when such an answer is first given. */
export const compileSerializer: FastifySerializerCompiler<TSchema> = ({ schema }) => {
  const serialize = late(() => compile(schema));
  return (answer) => serialize()(answer);
};
