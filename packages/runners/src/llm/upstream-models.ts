import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { RunError } from '../runner.ts';
import { callJson, type UpstreamCall } from './upstream-http.ts';

const MAX_MODELS = 100;
const isModels = Compile(
  Type.Object({ data: Type.Array(Type.Object({ id: Type.String({ minLength: 1, maxLength: 200 }) })) }),
);

/** @throws {RunError} ENGINE_FAILED */
export async function listUpstreamModels(call: Omit<UpstreamCall, 'path' | 'body'>): Promise<readonly string[]> {
  const listed = await callJson({ ...call, path: '/models' });
  if (!isModels.Check(listed)) throw new RunError('ENGINE_FAILED', 'The upstream engine does not list its models');
  return listed.data.slice(0, MAX_MODELS).map(({ id }) => id);
}
