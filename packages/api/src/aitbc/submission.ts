/** What a request for a job asks of the network. */
import { isRefusal, type ResourceDemand, type SubmitJob } from '@plexus/core';
import {
  type aitbcEndpoints,
  checkRequest,
  type Input,
  isObject,
  parseCredits,
  runSeconds,
  type ServiceDefinition,
  type TaskInput,
  taskInput,
} from '@plexus/protocol';
import { inPlace, programTask } from './program.ts';
import { quantity, THOUSANDTHS } from './quantities.ts';
import { invalid, unknownType } from './refusals.ts';
import { findByName, PROGRAM_TYPE } from './service-names.ts';

type Body = Input<typeof aitbcEndpoints.createJob>['body'];
type Data = Readonly<Record<string, unknown>>;
export type Submission = Omit<SubmitJob, 'caller'>;

/** How long a job may wait for a node before it is given up; offers of the page last as long. */
const WAIT_SECONDS = 3600;
/** A runner that ends by itself when its time is over is given so much longer to say so. */
const GRACE_SECONDS = 5;
/** The same where it fetches a bundle first, which its coordinator may send slowly. */
const BUNDLE_GRACE_SECONDS = 60;

/**
 * A job as it is asked for.
 *
 * @throws {DomainError} UNKNOWN_JOB_TYPE, INVALID_INPUT
 */
export function toSubmission(body: Body): Submission {
  const { type, name, callback_url: callbackUrl, pricing = {} } = body;
  const { max_cost: maximum, by_offer: byOffer = false } = pricing;
  const resources = resourcesOf(body);
  const [service, task] = type === PROGRAM_TYPE ? programTask(body, resources) : registryTask(body);
  return {
    ...submissionOf(service, task),
    waitsForNode: true,
    byOffer,
    ...(name !== undefined && { name }),
    ...(resources && { resources }),
    ...(callbackUrl !== undefined && { callbackUrl }),
    ...(maximum !== undefined && { maxCost: parseCredits(maximum), holdsMaximum: true }),
  };
}

/** A job of a service, whose request has been checked. */
export function submissionOf(service: ServiceDefinition, { content, params }: TaskInput): Submission {
  const graceSeconds = service.takesBundle && params['bundle'] !== undefined ? BUNDLE_GRACE_SECONDS : GRACE_SECONDS;
  const turnSeconds = runSeconds(service, params) + graceSeconds;
  return {
    service: service.id,
    content,
    params,
    turnSeconds,
    timeoutSeconds: WAIT_SECONDS + turnSeconds,
    detached: true,
    // The contract's receipts know no other algorithm than Ed25519.
    signedAlone: true,
  };
}

/**
 * A request of a service as a task.
 *
 * @param place where the request stands, for example `input.`
 * @throws {DomainError} INVALID_INPUT
 */
export function toTask(service: ServiceDefinition, request: Data, place = ''): TaskInput {
  const [problem] = checkRequest(service, request).problems;
  if (problem) throw invalid({ field: `${place}${problem.field}`, message: problem.message });
  return taskInput(service, request);
}

/** What the network found wrong with a parameter, where the request has it. */
export function inRequest(error: unknown, { type }: Body): unknown {
  if (!isRefusal(error, 'INVALID_INPUT')) return error;
  const [, name] = /^params\.(.+)$/.exec(error.details.field) ?? [];
  if (name === undefined) return error;
  const problem = { field: name, message: error.message.replace('params.', '') };
  if (type === PROGRAM_TYPE) return invalid(inPlace(problem));
  return invalid({ field: `input.${name}`, message: problem.message });
}

/** The input without what describes it is the request of the service that the type names. */
function registryTask({ type, input = {} }: Body): [ServiceDefinition, TaskInput] {
  const service = findByName(type);
  if (!service) throw unknownType(type, `Unsupported job type: ${type}`);
  if (!isObject(input)) throw invalid({ field: 'input', message: 'input must be an object' });
  const { type: _type, format: _format, ...request } = input;
  return [service, toTask(service, request, 'input.')];
}

function resourcesOf({ resources: { cpu, memory, gpu } = {} }: Body): ResourceDemand | undefined {
  const demand: ResourceDemand = {
    ...(cpu !== undefined && { cpuMillis: quantity('resources.cpu', cpu, THOUSANDTHS) }),
    ...(memory !== undefined && { memoryBytes: quantity('resources.memory', memory) }),
    ...(gpu !== undefined && { gpus: quantity('resources.gpu', gpu) }),
  };
  return Object.keys(demand).length > 0 ? demand : undefined;
}
