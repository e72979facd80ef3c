import { DomainError, requireScope } from '@plexus/core';
import { ContainerJobRequestSchema, type infernetJobEndpoints, type Output } from '@plexus/protocol';
import { Compile } from 'typebox/compile';
import { type Context, type Handlers, Refusal } from '../dialect.ts';
import { type Client, clientOf } from './client.ts';
import { isDelegated, readDelegated } from './delegated.ts';
import type { InfernetDeps } from './deps.ts';
import { refuse, toReply } from './errors.ts';
import type { Intake, JobRequest } from './intake.ts';
import { toJobResult } from './job-views.ts';
import type { OwnJobs } from './own-jobs.ts';

type Endpoints = typeof infernetJobEndpoints;
type BatchItem = Output<Endpoints['createContainerJobs']>[number];
type JobHandlers = Pick<Handlers<Endpoints>, 'createContainerJob' | 'createContainerJobs' | 'getContainerJobs'>;

const requests = Compile(ContainerJobRequestSchema);

/** Endpoints about jobs that are waited for by asking again. */
export function jobHandlers(
  { jobs, guests, sites, clock }: Pick<InfernetDeps, 'jobs' | 'guests' | 'sites' | 'clock'>,
  { intake, own }: { readonly intake: Intake; readonly own: OwnJobs },
): JobHandlers {
  type Idempotency = Context['idempotency'];

  async function create(request: JobRequest, client: Client, idempotency: Idempotency): Promise<{ id: string }> {
    const job = isDelegated(request) ? await toDelegatedJob(request, client) : intake.toJob(request, client);
    await guests?.open(client.caller);
    const { id } = await jobs.submit({ ...job, detached: true, ...(idempotency && { idempotency }) });
    return { id };
  }

  async function toDelegatedJob(request: JobRequest, client: Client) {
    const site = sites.siteOf(client.nodeId) ?? {};
    const { owner, signed, ...delegated } = await readDelegated(request, site, client.isChain ? undefined : clock());
    const job = intake.toJob(delegated.request, { ...client, owner });
    return { ...job, params: { ...job.params, chain: signed } };
  }

  async function createOne(request: unknown, client: Client, idempotency: Idempotency): Promise<BatchItem> {
    try {
      return await create(toRequest(request), client, idempotency);
    } catch (error) {
      return refusedItem(error);
    }
  }

  return {
    createContainerJob: ({ body }, context) => create(body, clientOf(context), context.idempotency),

    async createContainerJobs({ body }, context) {
      const client = clientOf(context);
      // One that may create nothing is told so once.
      requireScope(client.caller, 'submit');
      const { idempotency } = context;
      const keyOf = (at: number) => idempotency && { ...idempotency, key: `${idempotency.key}#${at}` };
      return await Promise.all(body.map((request, at) => createOne(request, client, keyOf(at))));
    },

    async getContainerJobs({ query: { id, intermediate, pending } }, context) {
      const client = clientOf(context);
      if (id === undefined) return [...(await own.listIds(client, flag(pending)))];
      const ids = [id].flat();
      const isAll = flag(intermediate) === true;
      if (ids.length === 1) return [toJobResult(await own.get(client, ids[0] ?? ''), isAll)];
      const found = await Promise.all(ids.map((one) => own.find(client, one)));
      return found.flatMap((job) => (job ? [toJobResult(job, isAll)] : []));
    },
  };
}

/** A flag of a query; undefined where it was not given. */
export function flag(text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : ['true', '1'].includes(text.toLowerCase());
}

/** @throws {Refusal} when it is no request */
function toRequest(value: unknown): JobRequest {
  if (requests.Check(value)) return value;
  const [first] = requests.Errors(value);
  const field = first?.instancePath.slice(1).replaceAll('/', '.') || 'body';
  throw refuse(400, `${field}: ${first?.message ?? 'is not valid'}`, { field, part: 'body' });
}

/** What a batch says in the place of a job that was not taken. A fault of ours is nobody's item. */
function refusedItem(error: unknown): BatchItem {
  if (error instanceof Refusal) return error.reply.body as BatchItem;
  if (error instanceof DomainError) return toReply(error).body as BatchItem;
  throw error;
}
