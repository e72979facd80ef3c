import {
  type aitbcEndpoints,
  blenderService,
  ffmpegService,
  llmService,
  type Output,
  type ServiceDefinition,
  stableDiffusionService,
  whisperService,
} from '@plexus/protocol';
import type { Context, Handlers } from '../dialect.ts';
import type { AitbcDeps } from './deps.ts';
import { toCreated } from './job-views.ts';
import { registryName } from './service-names.ts';
import { submissionOf, toTask } from './submission.ts';

type ServiceHandlers = Pick<
  Handlers<typeof aitbcEndpoints>,
  'transcribe' | 'generateImages' | 'runInference' | 'transcode' | 'render'
>;
type ServiceJob = Output<typeof aitbcEndpoints.transcribe>;

/** Endpoints of services: each makes a job, and refuses it at once when nobody who is online could do it. */
export function serviceHandlers({ jobs }: Pick<AitbcDeps, 'jobs'>): ServiceHandlers {
  const handlerOf =
    (service: ServiceDefinition) =>
    async ({ body }: { readonly body: object }, { caller, idempotency }: Context<'key'>): Promise<ServiceJob> => {
      const task = toTask(service, { ...body });
      const job = await jobs.submit({ ...submissionOf(service, task), caller, ...(idempotency && { idempotency }) });
      // The endpoints are those of the services that the answer may name.
      const service_type = registryName(service.id) as ServiceJob['service_type'];
      return { ...toCreated(job, jobs.outlook(job)), service_type };
    };

  return {
    transcribe: handlerOf(whisperService),
    generateImages: handlerOf(stableDiffusionService),
    runInference: handlerOf(llmService),
    transcode: handlerOf(ffmpegService),
    render: handlerOf(blenderService),
  };
}
