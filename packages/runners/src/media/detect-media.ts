import { availableParallelism } from 'node:os';
import { createEgress } from '@plexus/egress';
import { openBlender, sceneMemory } from '../blender/blender-runner.ts';
import { EngineUnavailable } from '../engine-unavailable.ts';
import { createFfmpegRunner } from '../ffmpeg/ffmpeg-runner.ts';
import { findFfmpeg } from '../ffmpeg/find-ffmpeg.ts';
import { createImageRunner, openImageEngine } from '../image/image-runner.ts';
import type { UpstreamAddress } from '../llm/upstream-http.ts';
import { reasonOf, throwIfInterrupted } from '../interruption.ts';
import { memoryOfMachine } from '../machine-memory.ts';
import type { Runner } from '../runner.ts';
import { findProgram } from '../sandbox/programs.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { SandboxSource } from '../sandbox/shared-sandbox.ts';
import { findPocketsphinx, SPEECH_REMEDY } from '../speech/pocketsphinx.ts';
import type { Recognizer } from '../speech/recognizer.ts';
import { createSpeechRunner, trySpeech } from '../speech/speech-runner.ts';
import { findWhisperCpp } from '../speech/whisper-cpp.ts';
import { findWhisperServer, type WhisperAddress } from '../speech/whisper-server.ts';
import { createInputs, type Inputs } from './input.ts';

/** Services that make or change sound, images and films. */
export const MEDIA_SERVICES = ['whisper', 'stable_diffusion', 'ffmpeg', 'blender'] as const;
type MediaService = (typeof MEDIA_SERVICES)[number];

export interface MediaOptions {
  /** Places that clients' URLs may name although they are not public. */
  readonly egressAllow?: readonly string[];
  /** Base of the coordinator's HTTP API, so that a job's files can be another one's input. */
  readonly coordinatorUrl?: string;
  readonly imageUpstream?: UpstreamAddress;
  readonly whisperUpstream?: WhisperAddress;
  /** A file of Whisper's weights in the ggml format; a server goes before it. */
  readonly whisperWeights?: string;
}

/** What a runner of these services is made of. */
export interface MediaContext extends MediaOptions {
  readonly sandbox: SandboxSource;
  readonly concurrency: number | undefined;
  readonly signal: AbortSignal;
  /** Where engines are installed, beside one another, and whether they may be. */
  readonly llamaCacheDir: string;
  readonly installLlama: boolean;
  readonly onProgress: (text: string) => void;
}

/** One film, scene or recording may take all that a machine can give; image servers queue by themselves. */
const CONCURRENCY: Readonly<Record<MediaService, number>> = { whisper: 1, stable_diffusion: 2, ffmpeg: 1, blender: 1 };

/**
 * A runner of a service, once its engine has shown that it works.
 *
 * @throws {EngineUnavailable} with the reason and the command that mends it
 */
export async function openMedia(service: MediaService, context: MediaContext): Promise<Runner> {
  const concurrency = context.concurrency ?? CONCURRENCY[service];
  if (service === 'stable_diffusion') {
    return createImageRunner(await openImageEngine(context.imageUpstream, context.signal), concurrency);
  }
  const found = await context.sandbox.open();
  if (!found.available) throw new EngineUnavailable(found.reason, found.remedy);
  const { sandbox } = found;
  try {
    // The sandbox is tried for whoever wants it, even when this one does not any more.
    throwIfInterrupted(context.signal);
    return await openInSandbox(service, sandbox, { ...context, concurrency });
  } catch (error) {
    await sandbox.close();
    throw error;
  }
}

async function openInSandbox(
  service: Exclude<MediaService, 'stable_diffusion'>,
  sandbox: Sandbox,
  context: MediaContext & { readonly concurrency: number },
): Promise<Runner> {
  const { egressAllow = [], coordinatorUrl, concurrency, signal } = context;
  const inputs = inputsOf(egressAllow, coordinatorUrl);
  // One core is the node's own.
  const threads = Math.max(1, availableParallelism() - 1);
  const memoryBytes = sceneMemory(memoryOfMachine());
  switch (service) {
    case 'ffmpeg':
      return createFfmpegRunner({ sandbox, engine: await findFfmpeg(sandbox, signal), inputs, threads }, concurrency);
    case 'blender':
      return await openBlender({ sandbox, inputs, threads, memoryBytes }, concurrency, signal);
    case 'whisper':
      return await openSpeech({ sandbox, inputs, threads }, { ...context, concurrency });
  }
}

interface SpeechPlace {
  readonly sandbox: Sandbox;
  readonly inputs: Inputs;
  readonly threads: number;
}

async function openSpeech(
  { threads, ...parts }: SpeechPlace,
  context: MediaContext & { readonly concurrency: number },
): Promise<Runner> {
  const { concurrency, signal } = context;
  const ffmpeg = await findProgram('ffmpeg');
  if (ffmpeg === undefined)
    throw new EngineUnavailable('FFmpeg, which reads recordings, is not installed', 'apt-get install ffmpeg');
  const recognizer = await findRecognizer(parts.sandbox, threads, context);
  const whole = { ...parts, ffmpeg, recognizer };
  await trySpeech(whole, signal).catch((cause: unknown) => {
    throw signal.aborted ? cause : new EngineUnavailable(reasonOf(cause), remedyFor(context), { cause });
  });
  return createSpeechRunner(whole, concurrency);
}

/** The server that the node was told of, else whoever works with the weights that it was given, else PocketSphinx. */
async function findRecognizer(sandbox: Sandbox, threads: number, context: MediaContext): Promise<Recognizer> {
  const { whisperUpstream, whisperWeights: path, installLlama: mayInstall, signal } = context;
  if (whisperUpstream) return await findWhisperServer(whisperUpstream, signal);
  if (path === undefined) return await findPocketsphinx(sandbox);
  return await findWhisperCpp(sandbox, { ...context, path, mayInstall, threads }, signal);
}

function remedyFor({ whisperWeights }: MediaContext): string {
  return whisperWeights === undefined ? SPEECH_REMEDY : `check the weights in ${whisperWeights}`;
}

/**
 * Passes a list of places that egress understands.
 *
 * @throws {RangeError}
 */
export function requirePlaces(egressAllow: readonly string[]): readonly string[] {
  inputsOf(egressAllow);
  return egressAllow;
}

/** Plain http is good enough for a film that anybody may look at. */
function inputsOf(allow: readonly string[], coordinatorUrl?: string): Inputs {
  const egress = createEgress({ allow, allowHttp: true });
  if (coordinatorUrl === undefined) return createInputs({ egress });
  const { origin, hostname, port, protocol } = new URL(coordinatorUrl);
  const place = `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
  return createInputs({ egress, own: { prefix: `${origin}/artifacts/`, egress: createEgress({ allow: [place] }) } });
}
