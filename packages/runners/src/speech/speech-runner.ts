import { stat } from 'node:fs/promises';
import type { FfmpegEngine } from '../ffmpeg/find-ffmpeg.ts';
import { soundCommand } from '../ffmpeg/command.ts';
import { runEngine } from '../media/engine-run.ts';
import type { Inputs } from '../media/input.ts';
import { createMediaRunner, type MediaJob, subfolder } from '../media/media-runner.ts';
import { numberParam, resolveModel, textParam } from '../params.ts';
import { RunError, type Runner } from '../runner.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { Recognizer } from './recognizer.ts';
import { secondsOf } from './wav.ts';

export interface SpeechParts {
  readonly sandbox: Sandbox;
  readonly ffmpeg: Pick<FfmpegEngine, 'ffmpeg'>;
  readonly inputs: Inputs;
  readonly recognizer: Recognizer;
}

/** Writes down what is said in recordings. */
export function createSpeechRunner(parts: SpeechParts, concurrency: number): Runner {
  const { models } = parts.recognizer;
  return createMediaRunner({
    service: 'whisper',
    concurrency,
    models,
    work: (job) => transcribe(parts, job),
    close: () => parts.sandbox.close(),
  });
}

async function transcribe(parts: SpeechParts, job: MediaJob) {
  const { recognizer, inputs } = parts;
  const model = resolveModel(textParam(job.params, 'model'), recognizer.models);
  const language = textParam(job.params, 'language');
  const input = await subfolder(job, 'input');
  await inputs.fetch(job.content, `${input}/recording`, job.signal);
  const sound = await soundOf(parts, job, input);
  const heard = await recognizer.listen({
    folder: sound.folder,
    name: sound.name,
    duration: sound.duration,
    task: textParam(job.params, 'task') === 'translate' ? 'translate' : 'transcribe',
    language: language === 'auto' ? undefined : language,
    model,
    temperature: numberParam(job.params, 'temperature') ?? 0,
    prompt: textParam(job.params, 'initial_prompt'),
    signal: job.signal,
    progress: (percent) => job.progress(percent),
  });
  const { text, language: found, segments, elapsedMs } = heard;
  return {
    output: { text, language: found, segments, duration: sound.duration, engine: recognizer.name },
    metadata: { engine: recognizer.name, segments: segments.length, sound_ms: Math.round(sound.duration * 1000) },
    elapsedMs: sound.elapsedMs + elapsedMs,
  };
}

/** The sound of the recording, as every recogniser takes it. */
async function soundOf({ sandbox, ffmpeg }: SpeechParts, job: MediaJob, input: string) {
  const folder = await subfolder(job, 'sound');
  const name = 'sound.wav';
  const { outputs, elapsedMs } = await runEngine(sandbox, {
    name: 'FFmpeg',
    command: soundCommand(ffmpeg.ffmpeg, '/job/recording', `/output/${name}`),
    binds: [{ from: input, to: '/job' }],
    limits: { maxOutputFiles: 1 },
    outputFolder: folder,
    signal: job.signal,
  });
  const [file] = outputs;
  const duration = file ? secondsOf((await stat(file.path)).size) : 0;
  if (duration === 0) throw new RunError('INVALID_INPUT', 'The input has no sound');
  return { folder, name, duration, elapsedMs };
}
