import type { Sandbox } from '../sandbox/sandbox.ts';
import { runEngine } from '../media/engine-run.ts';
import { RunError } from '../runner.ts';
import { probeCommand } from './command.ts';
import { unreadableReason } from './unreadable.ts';

const PROBE_MS = 60_000;

/** What is in a file. */
export interface MediaFacts {
  readonly format: string;
  /** Seconds; 0 where the file does not say. */
  readonly duration: number;
  readonly size: number;
  readonly bitrate: number | undefined;
  readonly video: VideoFacts | undefined;
  readonly audioCodec: string | undefined;
}

interface VideoFacts {
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number | undefined;
}

export interface Probing {
  readonly ffprobe: string;
  /** A folder of the host with the file, and the file's name in it. */
  readonly folder: string;
  readonly name: string;
  /** An empty folder. */
  readonly outputFolder: string;
  readonly signal: AbortSignal;
}

/** @throws {RunError} INVALID_INPUT when it is no file of sound or images */
export async function probe(sandbox: Sandbox, probing: Probing): Promise<{ facts: MediaFacts; elapsedMs: number }> {
  const { ffprobe, folder, name, outputFolder, signal } = probing;
  const { stdout, elapsedMs } = await runEngine(sandbox, {
    name: 'FFprobe',
    meaningOf: unreadableReason,
    command: probeCommand(ffprobe, `/job/${name}`),
    binds: [{ from: folder, to: '/job' }],
    limits: { timeoutMs: PROBE_MS, maxPrintedBytes: 8 * 1024 * 1024 },
    outputFolder,
    signal,
  });
  return { facts: readProbe(stdout.toString('utf8')), elapsedMs };
}

interface Probed {
  readonly format?: {
    readonly format_name?: string;
    readonly duration?: string;
    readonly size?: string;
    readonly bit_rate?: string;
  };
  readonly streams?: readonly ProbedStream[];
}

interface ProbedStream {
  readonly codec_type?: string;
  readonly codec_name?: string;
  readonly width?: number;
  readonly height?: number;
  readonly avg_frame_rate?: string;
  readonly duration?: string;
  readonly disposition?: { readonly attached_pic?: number };
}

/** Reads what ffprobe says. Source: ffprobe(1), "json". */
export function readProbe(text: string): MediaFacts {
  const { format = {}, streams = [] } = parse(text);
  const video = streams.find((one) => one.codec_type === 'video' && !isCover(one));
  const audio = streams.find(({ codec_type: type }) => type === 'audio');
  return {
    format: format.format_name ?? 'unknown',
    duration: seconds(format.duration) ?? seconds(video?.duration) ?? seconds(audio?.duration) ?? 0,
    size: Number(format.size ?? 0),
    bitrate: seconds(format.bit_rate),
    video: video && videoFacts(video),
    audioCodec: audio?.codec_name,
  };
}

/** A picture that belongs to a recording of sound. */
function isCover({ disposition }: ProbedStream): boolean {
  return disposition?.attached_pic === 1;
}

function videoFacts({ codec_name: codec = 'unknown', width = 0, height = 0, avg_frame_rate: rate }: ProbedStream) {
  const [frames = 0, per = 1] = (rate ?? '').split('/').map(Number);
  const fps = frames > 0 && per > 0 ? Math.round((frames / per) * 1000) / 1000 : undefined;
  return { codec, width, height, fps };
}

/** A positive number, or nothing. */
function seconds(text: string | undefined): number | undefined {
  const value = Number(text);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

function parse(text: string): Probed {
  try {
    // Each member is looked at before it is used.
    return JSON.parse(text) as Probed;
  } catch (cause) {
    throw new RunError('ENGINE_FAILED', 'FFprobe did not answer in JSON', { cause });
  }
}
