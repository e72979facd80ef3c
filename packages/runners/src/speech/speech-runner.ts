import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { soundCommand } from '../ffmpeg/command.ts';
import { unreadableReason } from '../ffmpeg/unreadable.ts';
import { runEngine } from '../media/engine-run.ts';
import type { Inputs } from '../media/input.ts';
import { createMediaRunner, type MediaJob } from '../media/media-runner.ts';
import { numberParam, resolveModel, textParam } from '../params.ts';
import { RunError, type Runner } from '../runner.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { inScratch } from '../scratch.ts';
import type { Recognizer } from './recognizer.ts';
import { secondsOf, silence } from './wav.ts';

const TRIAL_SECONDS = 1;

export interface SpeechParts {
  readonly sandbox: Sandbox;
  /** The path of the program that takes the sound out of a recording. */
  readonly ffmpeg: string;
  readonly inputs: Inputs;
  readonly recognizer: Recognizer;
}

/** Writes down what is said in recordings. */
export function createSpeechRunner(parts: SpeechParts, concurrency: number): Runner {
  const { models, look } = parts.recognizer;
  return createMediaRunner({
    service: 'whisper',
    concurrency,
    models,
    ...(look && { look }),
    work: (job) => transcribe(parts, job),
    close: () => parts.sandbox.close(),
  });
}

/**
 * Has a second of silence listened to.
 *
 * @throws {RunError} when that does not end well
 */
export async function trySpeech(parts: SpeechParts, signal: AbortSignal): Promise<void> {
  const { recognizer } = parts;
  await inScratch('speech', async (folder) => {
    const input = join(folder, 'input');
    await mkdir(input, { mode: 0o755 });
    await writeFile(join(input, 'recording'), silence(TRIAL_SECONDS), { mode: 0o644 });
    const sound = await soundOf(parts, { input, folder, signal });
    const [model = ''] = recognizer.models;
    const plain = { task: 'transcribe', language: undefined, temperature: 0, prompt: undefined } as const;
    await recognizer.listen({ ...sound, ...plain, model, signal, progress: () => undefined });
  });
}

async function transcribe(parts: SpeechParts, job: MediaJob) {
  const { recognizer, inputs } = parts;
  const model = resolveModel(textParam(job.params, 'model'), recognizer.models);
  const language = textParam(job.params, 'language');
  const input = join(job.folder, 'input');
  await mkdir(input, { mode: 0o755 });
  await inputs.fetch(job.content, join(input, 'recording'), job.signal);
  const sound = await soundOf(parts, { input, folder: job.folder, signal: job.signal });
  const heard = await recognizer.listen({
    ...sound,
    task: textParam(job.params, 'task') === 'translate' ? 'translate' : 'transcribe',
    language: language === 'auto' ? undefined : language,
    model,
    temperature: numberParam(job.params, 'temperature') ?? 0,
    prompt: textParam(job.params, 'initial_prompt'),
    signal: job.signal,
    progress: (percent) => job.progress(percent),
  });
  const { text, language: found, segments, model: used, elapsedMs } = heard;
  return {
    output: { text, language: found, segments, duration: sound.duration, engine: recognizer.name, model: used },
    metadata: { engine: recognizer.name, segments: segments.length, sound_ms: Math.round(sound.duration * 1000) },
    elapsedMs: sound.elapsedMs + elapsedMs,
  };
}

interface Recording {
  /** A folder with the recording. */
  readonly input: string;
  /** Where a folder for the sound may be made. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** The sound of a recording, as every recogniser takes it. */
async function soundOf({ sandbox, ffmpeg }: SpeechParts, { input, folder, signal }: Recording) {
  const outputFolder = join(folder, 'sound');
  await mkdir(outputFolder, { mode: 0o755 });
  const name = 'sound.wav';
  const { outputs, elapsedMs } = await runEngine(sandbox, {
    name: 'FFmpeg',
    meaningOf: unreadableReason,
    command: soundCommand(ffmpeg, '/job/recording', `/output/${name}`),
    binds: [{ from: input, to: '/job' }],
    limits: { maxOutputFiles: 1 },
    outputFolder,
    signal,
  });
  const [file] = outputs;
  const duration = file ? secondsOf((await stat(file.path)).size) : 0;
  if (duration === 0) throw new RunError('INVALID_INPUT', 'The input has no sound');
  return { folder: outputFolder, name, duration, elapsedMs };
}
