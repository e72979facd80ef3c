import { serviceFor } from '@plexus/protocol';
import { Compile } from 'typebox/compile';
import { RunError, type RunRequest } from './runner.ts';

/** Checks a request's parameters against the service's own schema, whoever sent them. */
export function createParamsCheck(service: string): (request: RunRequest) => RunRequest['params'] {
  const validator = Compile(serviceFor(service).params);
  return ({ params }) => {
    if (validator.Check(params)) return params;
    const [first] = validator.Errors(params);
    const where = first?.instancePath.slice(1) || 'params';
    throw new RunError('INVALID_INPUT', `${where} ${first?.message ?? 'is not valid'}`);
  };
}

export function textParam(params: RunRequest['params'], name: string): string | undefined {
  const value = params[name];
  return typeof value === 'string' ? value : undefined;
}

export function numberParam(params: RunRequest['params'], name: string): number | undefined {
  const value = params[name];
  return typeof value === 'number' ? value : undefined;
}

/**
 * The model to use: the first one where none is asked for.
 *
 * @throws {RunError} MODEL_NOT_FOUND
 */
export function resolveModel(asked: string | undefined, models: readonly string[]): string {
  const model = asked ?? models[0];
  if (model !== undefined && models.includes(model)) return model;
  throw new RunError('MODEL_NOT_FOUND', `This node has no model "${asked ?? ''}"; it has ${models.join(', ')}`);
}
