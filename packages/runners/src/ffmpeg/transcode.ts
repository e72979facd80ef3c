import type { Inputs } from '../media/input.ts';
import { lineReader, runEngine } from '../media/engine-run.ts';
import { type MediaJob, subfolder } from '../media/media-runner.ts';
import { RunError } from '../runner.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { transcodeCommand } from './command.ts';
import type { FfmpegEngine } from './find-ffmpeg.ts';
import { type MediaFacts, probe } from './probe.ts';
import { type Wishes, wishesOf } from './request.ts';
import { unreadableReason } from './unreadable.ts';

export interface TranscoderParts {
  readonly sandbox: Sandbox;
  readonly engine: FfmpegEngine;
  readonly inputs: Inputs;
  readonly threads: number;
}

/** Fetches a film, looks what it is, writes it anew, looks what has become of it, and keeps that. */
export async function transcode(parts: TranscoderParts, job: MediaJob) {
  const { sandbox, inputs, engine } = parts;
  const wishes = wishesOf(job.params);
  const encoder = encoderOf(engine, wishes);
  const [input, output, empty] = [
    await subfolder(job, 'input'),
    await subfolder(job, 'output'),
    await subfolder(job, 'empty'),
  ];
  await inputs.fetch(job.content, `${input}/film`, job.signal);
  const probing = { ffprobe: engine.ffprobe, outputFolder: empty, signal: job.signal };
  const before = await probe(sandbox, { ...probing, folder: input, name: 'film' });
  if (!before.facts.video) throw new RunError('INVALID_INPUT', 'The input has no images: it is no film');
  const name = `output.${wishes.format}`;
  const ran = await run(parts, job, { wishes, encoder, input, output, name, duration: before.facts.duration });
  const after = await probe(sandbox, { ...probing, folder: output, name });
  const kept = await job.files.keepOutput({ name, path: `${output}/${name}` }, job.signal);
  return {
    output: {
      output_url: kept.url,
      metadata: { ...view(after.facts), encoder, crf: wishes.crf, sha256: kept.sha256, input: view(before.facts) },
      duration: after.facts.duration,
    },
    metadata: { engine: `FFmpeg ${engine.version} in ${sandbox.description}`, encoder, output_bytes: kept.size },
    elapsedMs: before.elapsedMs + ran.elapsedMs + after.elapsedMs,
  };
}

/** @throws {RunError} ENGINE_FAILED: another node may have one */
function encoderOf({ encoders }: FfmpegEngine, { codec }: Wishes): string {
  const encoder = encoders[codec];
  if (encoder !== undefined) return encoder;
  throw new RunError('ENGINE_FAILED', `This node's FFmpeg has no encoder for ${codec}`);
}

interface Work {
  readonly wishes: Wishes;
  readonly encoder: string;
  readonly input: string;
  readonly output: string;
  readonly name: string;
  /** Seconds of the input. */
  readonly duration: number;
}

async function run({ sandbox, engine, threads }: TranscoderParts, job: MediaJob, work: Work) {
  const { wishes, encoder, input, output, name, duration } = work;
  const files = { from: '/job/film', to: `/output/${name}` };
  const outcome = await runEngine(sandbox, {
    name: 'FFmpeg',
    meaningOf: unreadableReason,
    command: transcodeCommand({ ffmpeg: engine.ffmpeg, encoder, threads, ...files }, wishes),
    binds: [{ from: input, to: '/job' }],
    limits: { cpuMillis: threads * 1000, maxOutputFiles: 1 },
    outputFolder: output,
    onPrinted: lineReader((line) => {
      const percent = progressIn(line, duration);
      if (percent !== undefined) job.progress(percent);
    }),
    signal: job.signal,
  });
  if (outcome.outputs.length !== 1) throw new RunError('INVALID_INPUT', 'FFmpeg made no film of the input');
  return outcome;
}

/** Percent, out of a line of `-progress`. */
export function progressIn(line: string, duration: number): number | undefined {
  const [, microseconds] = /^out_time_us=(\d+)$/.exec(line) ?? [];
  if (microseconds === undefined || duration <= 0) return undefined;
  return Math.min(99, (Number(microseconds) / 1_000_000 / duration) * 100);
}

function view({ format, duration, size, bitrate, video, audioCodec }: MediaFacts) {
  return {
    format,
    ...(video && {
      codec: video.codec,
      width: video.width,
      height: video.height,
      resolution: `${video.width}x${video.height}`,
      fps: video.fps,
    }),
    audio_codec: audioCodec ?? null,
    bitrate,
    size,
    duration,
  };
}
