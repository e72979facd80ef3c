import {
  contentProblem,
  type FieldProblem,
  formatCredits,
  maximumUnits,
  type ServiceDefinition,
  serviceFor,
  unitsProblem,
} from '@plexus/protocol';
import { DomainError } from '../errors.ts';
import type { NodeRegistry } from '../nodes/node-registry.ts';
import { cheapest } from './node-containers.ts';
import type { Demands, Job } from './job.ts';
import type { Routing, SubmitJob } from './job-service.ts';

export interface AdmissionDeps {
  readonly registry: Pick<NodeRegistry, 'index'>;
  readonly clock: () => Date;
  readonly newId: () => string;
  /** The first thing that is wrong with a service's parameters, or nothing. */
  readonly checkParams: (service: string, params: unknown) => { field: string; message: string } | undefined;
  /** Why a URL cannot be called, as far as the URL alone tells; nothing when it can. */
  readonly checkUrl: (url: string) => string | undefined;
}

/**
 * Turns a request into a job that is priced but not yet paid for.
 *
 * @throws {DomainError} INVALID_INPUT, COST_EXCEEDS_MAXIMUM
 */
export function priceJob(request: SubmitJob, deps: AdmissionDeps): Job {
  const { clock, newId, checkUrl } = deps;
  const { caller, name, service: serviceId, content, params, routing, idempotency } = request;
  const service = serviceFor(serviceId);
  const { timeoutSeconds = service.timeoutSeconds } = request;
  const units = maximumUnits(service, content, params);
  requireFit(request, { service, units }, deps);
  requireCallable(request.callbackUrl, checkUrl);
  const unitPrice = unitPriceOf(request, service, deps);
  requirePrice(unitPrice, routing);
  const hold = holdOf(request, units, unitPrice);
  const createdAt = clock();
  return {
    id: newId(),
    accountId: caller.accountId,
    keyId: caller.keyId,
    name,
    service: serviceId,
    content,
    params,
    demands: demandsOf(request),
    state: 'queued',
    reason: undefined,
    hold,
    unitPrice,
    cost: 0n,
    units: undefined,
    result: undefined,
    error: undefined,
    facts: undefined,
    nodeId: undefined,
    epoch: 0,
    attempts: [],
    decisions: [],
    idempotencyKey: idempotency?.key,
    requestHash: idempotency?.requestHash,
    createdAt,
    startedAt: undefined,
    endedAt: undefined,
    deadlineAt: new Date(createdAt.getTime() + timeoutSeconds * 1000),
    progressPercent: undefined,
    processingMs: undefined,
    receiptIndex: undefined,
  };
}

/** What a request is for, and the most that it can be billed for, which may be no count yet. */
interface Measured {
  readonly service: ServiceDefinition;
  readonly units: number;
}

/** @throws {DomainError} INVALID_INPUT */
function requireFit(request: SubmitJob, { service, units }: Measured, { checkParams }: AdmissionDeps): void {
  const { params } = request;
  const wrong =
    checkParams(service.id, params) ??
    chainProblem(request) ??
    contentProblem(service, request) ??
    unitsProblem(service, params, units);
  if (wrong) throw new DomainError('INVALID_INPUT', wrong.message, { field: wrong.field });
}

/** Where a container's data is from, and where its answer goes, is not for every client to say. */
function chainProblem({ service, params, mayNameChain }: SubmitJob): FieldProblem | undefined {
  if (service !== 'container' || mayNameChain || !Object.hasOwn(params, 'chain')) return undefined;
  return { field: 'params.chain', message: "params.chain is only for what nodes find on a chain, by Infernet's API" };
}

/** What was agreed, else what the cheapest node asks beside the service's price. */
function unitPriceOf(request: SubmitJob, service: ServiceDefinition, { registry }: AdmissionDeps): bigint {
  const { agreedPrice } = request;
  return agreedPrice ?? service.unitPriceMicro + cheapest(registry.index.offering(service.id), request);
}

/** @throws {DomainError} COST_EXCEEDS_MAXIMUM when the job may cost more than the client wants to spend */
function holdOf(request: SubmitJob, units: number, unitPrice: bigint): bigint {
  const { maxCost, holdsMaximum = false, byOffer = false } = request;
  const worst = BigInt(units) * unitPrice;
  if (maxCost === undefined) return worst;
  if (byOffer) return maxCost;
  if (worst > maxCost) throw tooDear(worst, maxCost);
  return holdsMaximum ? maxCost : worst;
}

/** @throws {DomainError} COST_EXCEEDS_MAXIMUM when the service costs more a unit than the client wants to pay */
function requirePrice(unitPrice: bigint, { maxUnitPrice }: Routing = {}): void {
  if (maxUnitPrice !== undefined && unitPrice > maxUnitPrice) throw tooDear(unitPrice, maxUnitPrice);
}

function requireCallable(url: string | undefined, checkUrl: AdmissionDeps['checkUrl']): void {
  const wrong = url === undefined ? undefined : checkUrl(url);
  if (wrong !== undefined) throw new DomainError('INVALID_INPUT', `callback_url: ${wrong}`, { field: 'callback_url' });
}

/** What is kept with the job of the client's wishes, where it has any. */
function demandsOf(request: SubmitJob): Demands | undefined {
  const {
    service,
    params,
    features = [],
    routing,
    priority,
    resources,
    turnSeconds,
    callbackUrl,
    signedAlone,
  } = request;
  const needed = [...features, ...(serviceFor(service).featuresOf?.(params) ?? [])];
  const demands: Demands = {
    ...(needed.length > 0 && { features: needed }),
    ...(routing && wishesOf(routing)),
    ...bargainOf(request),
    ...(priority && { priority }),
    ...(resources && { resources }),
    ...(turnSeconds !== undefined && { turnSeconds }),
    ...(callbackUrl !== undefined && { callbackUrl }),
    ...(signedAlone && { signedAlone }),
  };
  return Object.keys(demands).length > 0 ? demands : undefined;
}

/** No node fits a job that waits for an offer. */
const NOBODY: Demands = { only: [] };
const AGREED: Demands = { agreed: true };

function bargainOf({ byOffer, agreedPrice }: SubmitJob): Demands | undefined {
  if (byOffer) return NOBODY;
  return agreedPrice === undefined ? undefined : AGREED;
}

/** Which nodes the client wants, and which rather. */
function wishesOf({ order, only, ignore, sort }: Routing): Demands {
  return { ...(order && { order }), ...(only && { only }), ...(ignore && { ignore }), ...(sort && { sort }) };
}

function tooDear(required: bigint, maximum: bigint): DomainError {
  const figures = { required: formatCredits(required), maximum: formatCredits(maximum) };
  const message = `Cost exceeds max_cost: up to ${figures.required} credits needed, ${figures.maximum} allowed`;
  return new DomainError('COST_EXCEEDS_MAXIMUM', message, figures);
}
