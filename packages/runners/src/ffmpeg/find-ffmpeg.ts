import type { FilmCodec } from '@plexus/protocol';
import { EngineUnavailable } from '../engine-unavailable.ts';
import { reasonOf } from '../interruption.ts';
import { runEngine } from '../media/engine-run.ts';
import { findProgram } from '../sandbox/programs.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { inScratch } from '../scratch.ts';
import { ENCODERS, listEncodersCommand, trialCommand } from './command.ts';

const INSTALL = 'apt-get install ffmpeg';
const TRIAL_MS = 60_000;

/** An FFmpeg that works inside the sandbox. */
export interface FfmpegEngine {
  readonly ffmpeg: string;
  readonly ffprobe: string;
  readonly version: string;
  /** The encoder of each codec that there is one for. */
  readonly encoders: Readonly<Partial<Record<FilmCodec, string>>>;
}

/**
 * Finds FFmpeg, and makes a second of film with it.
 *
 * @throws {EngineUnavailable}
 */
export async function findFfmpeg(sandbox: Sandbox, signal: AbortSignal): Promise<FfmpegEngine> {
  const [ffmpeg, ffprobe] = await Promise.all(['ffmpeg', 'ffprobe'].map(findProgram));
  if (ffmpeg === undefined || ffprobe === undefined) throw new EngineUnavailable('FFmpeg is not installed', INSTALL);
  const limits = { timeoutMs: TRIAL_MS };
  return await inScratch('ffmpeg', (outputFolder) =>
    tryFfmpeg(sandbox, { ffmpeg, ffprobe }, { name: 'FFmpeg', binds: [], limits, outputFolder, signal }),
  );
}

async function tryFfmpeg(
  sandbox: Sandbox,
  { ffmpeg, ffprobe }: Pick<FfmpegEngine, 'ffmpeg' | 'ffprobe'>,
  trial: Trial,
): Promise<FfmpegEngine> {
  try {
    const { stdout } = await runEngine(sandbox, {
      ...trial,
      command: listEncodersCommand(ffmpeg),
      blame: 'ENGINE_FAILED',
    });
    const encoders = encodersIn(stdout.toString('latin1'));
    const [first] = Object.values(encoders);
    if (first === undefined) throw new EngineUnavailable('This FFmpeg has none of the encoders', INSTALL);
    const command = trialCommand(ffmpeg, first, '/output/trial.mkv');
    const made = await runEngine(sandbox, { ...trial, command, blame: 'ENGINE_FAILED' });
    if (made.outputs.length !== 1) throw new EngineUnavailable('This FFmpeg makes no film', INSTALL);
    return { ffmpeg, ffprobe, version: await versionOf(sandbox, ffmpeg, trial), encoders };
  } catch (error) {
    if (error instanceof EngineUnavailable || trial.signal.aborted) throw error;
    throw new EngineUnavailable(reasonOf(error), INSTALL, { cause: error });
  }
}

type Trial = Pick<Parameters<typeof runEngine>[1], 'name' | 'binds' | 'limits' | 'outputFolder' | 'signal'>;

async function versionOf(sandbox: Sandbox, ffmpeg: string, trial: Trial): Promise<string> {
  const { stdout } = await runEngine(sandbox, { ...trial, command: [ffmpeg, '-version'], blame: 'ENGINE_FAILED' });
  return /^ffmpeg version (\S{1,40})/.exec(stdout.toString('latin1'))?.[1] ?? 'of an unknown version';
}

/** Encoders of codecs that stand in FFmpeg's list. */
export function encodersIn(list: string): FfmpegEngine['encoders'] {
  const names = new Set([...list.matchAll(/^ V\S+ (\S+)/gm)].map(([, name]) => name));
  const found = Object.entries(ENCODERS).map(([codec, candidates]) => [
    codec,
    candidates.find((one) => names.has(one)),
  ]);
  return Object.fromEntries(found.filter(([, encoder]) => encoder !== undefined));
}
