/** AITBC's services, each with an endpoint of its own. Source: seed 002, "Services". */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';
import { blender, ffmpeg, stableDiffusion, whisper } from '../services/media-services.ts';
import { requestSchema } from '../services/request.ts';
import { llm } from '../services/text-services.ts';
import { Instant, JOB_REFUSALS, JobStatus, Nullable } from './common.ts';

const ServiceJob = Type.Object({
  job_id: Type.String({ description: 'The result is at `/v1/jobs/{job_id}/results`.' }),
  service_type: Type.Enum(['whisper', 'stable_diffusion', 'llm_inference', 'ffmpeg', 'blender']),
  status: JobStatus,
  created_at: Instant,
  estimated_completion: Nullable(Instant),
});

/** What they have in common. Refused at once when no miner that is online could do it. */
const COMMON = {
  method: 'POST',
  auth: 'key',
  idempotent: true,
  creates: 'job_id',
  status: 201,
  response: ServiceJob,
  errors: JOB_REFUSALS,
} as const;

export const servicesEndpoints = endpoints({
  transcribe: {
    ...COMMON,
    path: '/v1/services/whisper/transcribe',
    summary: 'Transcribe an audio file.',
    body: requestSchema(whisper),
  },
  generateImages: {
    ...COMMON,
    path: '/v1/services/stable-diffusion/generate',
    summary: 'Generate images from a text.',
    body: requestSchema(stableDiffusion),
  },
  runInference: {
    ...COMMON,
    path: '/v1/services/llm/inference',
    summary: 'Run a language model.',
    body: requestSchema(llm),
  },
  transcode: {
    ...COMMON,
    path: '/v1/services/ffmpeg/transcode',
    summary: 'Transcode a video file.',
    body: requestSchema(ffmpeg),
  },
  render: {
    ...COMMON,
    path: '/v1/services/blender/render',
    summary: 'Render a 3D scene.',
    body: requestSchema(blender),
  },
});
