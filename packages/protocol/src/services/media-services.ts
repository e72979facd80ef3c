/** Services that make or change sound, images and films. Source: seed 002, "Services"; contract/aitbc.md for the limits. */
import Type from 'typebox';
import { creditsToMicro } from '../money.ts';
import { jsonResult } from './results.ts';
import { defineService } from './service.ts';
import { codecFeature, codecOf, filmProblem } from './film.ts';

const MAX_PROMPT_CHARACTERS = 1000;
/** Source: Blender's own limits, SCE "frame_end" and "resolution_x". */
const MAX_FRAME = 1_048_574;
const MAX_PIXELS = 65_536;
/** As many as a job may make files. */
const MAX_FRAMES = 100;

/** A file that is fetched when the task runs. */
const FileUrl = (description: string) =>
  Type.String({ maxLength: 2048, format: 'uri', pattern: '^https?://', description });
const Files = (description: string) => Type.Array(Type.String({ description: 'A URL.' }), { description });
const Facts = Type.Record(Type.String(), Type.Unknown());

export const whisper = defineService({
  id: 'whisper',
  name: 'Whisper transcription',
  category: 'ai_ml',
  description:
    'Writes down what is said in a recording, or translates it into English. Billed per second of computing.',
  version: '1.0.0',
  icon: '🎙',
  unitType: 'second',
  unitPriceMicro: 100n,
  content: { name: 'audio_url', schema: FileUrl('Where the recording is.'), isJson: false },
  params: Type.Object({
    model: Type.Optional(Type.Enum(['tiny', 'base', 'small', 'medium', 'large', 'large-v2', 'large-v3'])),
    language: Type.Optional(
      Type.String({ pattern: '^([a-z]{2,3}|auto)$', description: 'For example `en`; `auto` finds out.' }),
    ),
    task: Type.Optional(Type.Enum(['transcribe', 'translate'], { default: 'transcribe' })),
    temperature: Type.Optional(Type.Number({ minimum: 0, maximum: 1, default: 0 })),
    initial_prompt: Type.Optional(Type.String({ maxLength: 1000, description: 'Words that are likely to be said.' })),
  }),
  output: Type.Object({
    text: Type.String(),
    language: Type.String(),
    segments: Type.Array(Type.Object({ start: Type.Number(), end: Type.Number(), text: Type.String() })),
    engine: Type.Optional(Type.String({ description: 'What has listened; not always Whisper.' })),
    model: Type.Optional(Type.String({ description: 'What the engine calls the weights that it has listened with.' })),
  }),
  readResult: jsonResult,
  requirements: [
    { component: 'cpu', minimum: '1', recommended: '4', unit: 'cores' },
    { component: 'memory', minimum: '1', recommended: '10', unit: 'GiB' },
  ],
  capabilities: ['transcribe', 'translate'],
  tags: ['audio', 'speech', 'transcription', 'subtitles'],
  maxConcurrent: 1,
  timeoutSeconds: 600,
});

export const stableDiffusion = defineService({
  id: 'stable_diffusion',
  name: 'Stable Diffusion',
  category: 'ai_ml',
  description: 'Makes images of a text. Billed per image.',
  version: '1.0.0',
  icon: '🎨',
  unitType: 'image',
  unitPriceMicro: creditsToMicro(1) / 100n,
  content: {
    name: 'prompt',
    schema: Type.String({ minLength: 1, maxLength: MAX_PROMPT_CHARACTERS, description: 'What is to be seen.' }),
    isJson: false,
  },
  params: Type.Object({
    model: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'A model that nodes serve.' })),
    negative_prompt: Type.Optional(
      Type.String({ maxLength: MAX_PROMPT_CHARACTERS, description: 'What is not to be seen.' }),
    ),
    size: Type.Optional(
      Type.String({
        pattern: '^[1-9]\\d{1,3}x[1-9]\\d{1,3}$',
        default: '512x512',
        description: 'Width and height in pixels.',
      }),
    ),
    num_images: Type.Optional(Type.Integer({ minimum: 1, maximum: 4, default: 1 })),
    steps: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
    guidance_scale: Type.Optional(Type.Number({ minimum: 1, maximum: 20, default: 7.5 })),
    seed: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 0xffff_ffff, description: 'The same one, the same image.' }),
    ),
  }),
  aliases: { num_inference_steps: 'steps' },
  output: Type.Object({
    images: Files('The images, in order.'),
    parameters: Facts,
    nsfw_content_detected: Type.Array(Type.Boolean()),
  }),
  readResult: jsonResult,
  fileMembers: ['images'],
  requirements: [{ component: 'gpu_memory', minimum: '4', recommended: '8', unit: 'GiB' }],
  capabilities: ['text-to-image'],
  tags: ['image', 'generation', 'diffusion', 'art'],
  maxConcurrent: 1,
  timeoutSeconds: 300,
});

export const ffmpeg = defineService({
  id: 'ffmpeg',
  name: 'Video transcoding',
  category: 'media_processing',
  description: 'Writes a film in another format, codec or size. Billed per second of computing.',
  version: '1.0.0',
  icon: '🎬',
  unitType: 'second',
  unitPriceMicro: 100n,
  content: { name: 'input_url', schema: FileUrl('Where the film is.'), isJson: false },
  params: Type.Object({
    output_format: Type.Optional(Type.Enum(['mp4', 'mkv', 'webm', 'mov'], { default: 'mp4' })),
    codec: Type.Optional(
      Type.Enum(['h264', 'h265', 'vp9', 'av1'], { default: 'h264', description: 'webm has vp9 unless told.' }),
    ),
    resolution: Type.Optional(
      Type.String({
        pattern: '^[1-9]\\d{1,4}x[1-9]\\d{1,4}$',
        description: 'Width and height, both even, for example `1920x1080`.',
      }),
    ),
    crf: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 51, default: 23, description: 'Lower is better and larger.' }),
    ),
    fps: Type.Optional(Type.Integer({ minimum: 1, maximum: 120, description: 'Images a second.' })),
  }),
  check: filmProblem,
  featuresOf(params) {
    const codec = codecOf(params);
    // Whoever transcodes at all has the first codec.
    return codec === 'h264' ? [] : [codecFeature(codec)];
  },
  output: Type.Object({
    output_url: Type.String({ description: 'Where the new film is.' }),
    metadata: Facts,
    duration: Type.Number({ description: 'Seconds of film.' }),
  }),
  readResult: jsonResult,
  fileMembers: ['output_url'],
  requirements: [{ component: 'cpu', minimum: '1', recommended: '8', unit: 'cores' }],
  capabilities: ['transcode', 'scale'],
  tags: ['video', 'transcode', 'codec', 'h264'],
  maxConcurrent: 1,
  timeoutSeconds: 600,
});

export const blender = defineService({
  id: 'blender',
  name: '3D rendering',
  category: 'media_processing',
  description: 'Renders frames of a Blender scene. Billed per second of computing.',
  version: '1.0.0',
  icon: '🧊',
  unitType: 'second',
  unitPriceMicro: 100n,
  content: { name: 'blend_file_url', schema: FileUrl('Where the .blend file is.'), isJson: false },
  params: Type.Object({
    engine: Type.Optional(Type.Enum(['cycles', 'eevee'], { default: 'cycles' })),
    resolution_x: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PIXELS, default: 1920 })),
    resolution_y: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PIXELS, default: 1080 })),
    samples: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, default: 128 })),
    frame_start: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_FRAME, default: 1 })),
    frame_end: Type.Optional(
      Type.Integer({ minimum: 1, maximum: MAX_FRAME, description: 'The first frame where it is not given.' }),
    ),
  }),
  check({ frame_start: start = 1, frame_end: end = start }) {
    const frames = Number(end) - Number(start) + 1;
    if (frames < 1) return { field: 'frame_end', message: 'frame_end must not be before frame_start' };
    if (frames <= MAX_FRAMES) return undefined;
    return { field: 'frame_end', message: `one job renders ${MAX_FRAMES} frames at most` };
  },
  output: Type.Object({
    images: Files('The frames, in order.'),
    metadata: Facts,
    render_time: Type.Number({ description: 'Seconds.' }),
  }),
  readResult: jsonResult,
  fileMembers: ['images'],
  requirements: [
    { component: 'cpu', minimum: '2', recommended: '16', unit: 'cores' },
    { component: 'memory', minimum: '2', recommended: '16', unit: 'GiB' },
  ],
  capabilities: ['render'],
  tags: ['3d', 'render', 'animation', 'cycles'],
  maxConcurrent: 1,
  timeoutSeconds: 1800,
});
