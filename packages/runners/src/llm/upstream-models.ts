import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { type EngineLook, RunError } from '../runner.ts';
import { callJson, type UpstreamAddress, type UpstreamCall, type UpstreamTimeouts } from './upstream-http.ts';

const MAX_MODELS = 100;
/** A server that takes longer to say what it has counts as silent. */
const LOOK_TIMEOUTS: UpstreamTimeouts = { firstByteMs: 10_000, idleMs: 10_000 };
const isModels = Compile(
  Type.Object({ data: Type.Array(Type.Object({ id: Type.String({ minLength: 1, maxLength: 200 }) })) }),
);

/** @throws {RunError} ENGINE_FAILED */
export async function listUpstreamModels(call: Omit<UpstreamCall, 'path' | 'body'>): Promise<readonly string[]> {
  const listed = await callJson({ ...call, path: '/models' });
  if (!isModels.Check(listed)) throw new RunError('ENGINE_FAILED', 'The upstream engine does not list its models');
  return listed.data.slice(0, MAX_MODELS).map(({ id }) => id);
}

export function createUpstreamLook(address: UpstreamAddress): EngineLook {
  return (signal) => listUpstreamModels({ address, ...LOOK_TIMEOUTS, signal });
}
