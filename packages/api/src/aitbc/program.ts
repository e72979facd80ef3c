import type { ResourceDemand } from '@plexus/core';
import {
  type aitbcEndpoints,
  checkRequest,
  type FieldProblem,
  type Input,
  type ServiceDefinition,
  serviceFor,
  type TaskInput,
  taskInput,
} from '@plexus/protocol';
import { invalid, unknownType } from './refusals.ts';
import { PROGRAM_SERVICE, PROGRAM_TYPE } from './service-names.ts';

type Body = Input<typeof aitbcEndpoints.createJob>['body'];

/** Where a request says what a program may use. */
const PLACES: Readonly<Record<string, string>> = { cpu_millis: 'resources.cpu', memory_bytes: 'resources.memory' };

/**
 * A program of the client's own as a task. What is asked for of a machine is what the program may use of it, too.
 *
 * @throws {DomainError} UNKNOWN_JOB_TYPE, INVALID_INPUT
 */
export function programTask(
  { model, input = null }: Pick<Body, 'model' | 'input'>,
  { cpuMillis, memoryBytes }: ResourceDemand = {},
): [ServiceDefinition, TaskInput] {
  if (!model) throw invalid({ field: 'model', message: 'Missing required parameter: model' });
  const { type = '', entrypoint, bundle, requirements, timeout_seconds: timeoutSeconds } = model;
  if (type !== 'python') throw unknownType(type, `model.type must be "python" for ${PROGRAM_TYPE}`);
  const service = serviceFor(PROGRAM_SERVICE);
  const limits = { cpu_millis: cpuMillis, memory_bytes: memoryBytes, timeout_seconds: timeoutSeconds };
  const request = given({ entrypoint, bundle, requirements, ...limits, input });
  const [problem] = checkRequest(service, request).problems;
  if (problem) throw invalid(inPlace(problem));
  return [service, taskInput(service, request)];
}

/** What is wrong with a parameter, where the request has it. */
export function inPlace({ field, message }: FieldProblem): FieldProblem {
  const [name = ''] = field.split('.');
  const place = PLACES[name] ?? `model.${name}`;
  return { field: place, message: message.replace(name, place) };
}

function given(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
