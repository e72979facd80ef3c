/** Whisper on this machine, by weights of the operator's: whisper.cpp, in the sandbox. */
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isObject, parseJson } from '@plexus/protocol';
import { EngineUnavailable } from '../engine-unavailable.ts';
import { reasonOf } from '../interruption.ts';
import { lineReader, runEngine } from '../media/engine-run.ts';
import { RunError } from '../runner.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { inScratch } from '../scratch.ts';
import { type GgmlModel, readGgmlModel } from './ggml-header.ts';
import type { Listening, Recognizer, Segment, Transcript } from './recognizer.ts';
import { whisperLibrary } from './whisper-install.ts';
import type { WhisperTask } from './whisper-process.ts';

/** What Node and the sound need beside the weights, which are also worked with in copies. */
const SPARE_MEMORY_BYTES = 1024 * 1024 * 1024;
const MEMORY_PER_BYTE = 1.5;
/** Where things are inside the sandbox. */
const INSIDE = { node: '/engine/node', program: '/engine/listen.mjs', library: '/engine/whisper.node' } as const;
const MODEL = '/engine/weights.bin';

export interface WhisperWeights {
  /** A file of Whisper's weights in the ggml format. */
  readonly path: string;
  readonly llamaCacheDir: string;
  readonly mayInstall: boolean;
  readonly threads: number;
  readonly onProgress: (text: string) => void;
}

/** whisper.cpp as it was found, with the weights that it is given. */
interface WhisperEngine {
  readonly sandbox: Sandbox;
  readonly library: string;
  readonly weights: WhisperWeights;
  readonly model: GgmlModel;
}

/**
 * Looks at the weights, and installs whisper.cpp where it is missing.
 *
 * @throws {EngineUnavailable}
 */
export async function findWhisperCpp(
  sandbox: Sandbox,
  weights: WhisperWeights,
  signal: AbortSignal,
): Promise<Recognizer> {
  const model = await readGgmlModel(weights.path).catch((cause: unknown) => {
    throw new EngineUnavailable(reasonOf(cause), '--whisper-weights must name a file such as ggml-base.bin', { cause });
  });
  const found = await whisperLibrary({ ...weights, signal });
  if (!found.installed) throw new EngineUnavailable(found.reason, installRemedy(weights));
  // The sandbox is entered from another folder.
  const engine = { sandbox, library: found.path, weights: { ...weights, path: resolve(weights.path) }, model };
  const name = printable(basename(weights.path));
  return {
    name: `whisper.cpp (${name})`,
    models: model.names,
    languages: model.isEnglishOnly ? ['en'] : [],
    listen: async (listening) => ({ model: name, ...(await listen(engine, listening)) }),
  };
}

function installRemedy({ mayInstall }: WhisperWeights): string {
  return mayInstall ? 'check the way to the npm registry' : 'let whisper.cpp be installed (about 3 MB)';
}

/** It becomes a part of signed texts. */
function printable(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, '?');
}

async function listen(engine: WhisperEngine, listening: Listening): Promise<Omit<Transcript, 'model'>> {
  const { sandbox, library, model, weights } = engine;
  const { folder, signal } = listening;
  return await inScratch('speech', async (outputFolder) => {
    const { stdout, elapsedMs } = await runEngine(sandbox, {
      name: 'whisper.cpp',
      command: [INSIDE.node, INSIDE.program, JSON.stringify(taskOf(engine, listening))],
      binds: [
        { from: folder, to: '/job' },
        { from: process.execPath, to: INSIDE.node },
        { from: programPath(), to: INSIDE.program },
        { from: library, to: INSIDE.library },
        { from: weights.path, to: MODEL },
      ],
      limits: {
        cpuMillis: weights.threads * 1000,
        memoryBytes: SPARE_MEMORY_BYTES + Math.ceil(model.bytes * MEMORY_PER_BYTE),
      },
      outputFolder,
      onPrinted: lineReader((line) => {
        const { percent } = lineOf(line);
        if (typeof percent === 'number') listening.progress(percent);
      }),
      signal,
    });
    return { ...transcriptIn(stdout.toString('utf8'), listening), elapsedMs };
  });
}

/** @throws {RunError} LANGUAGE_NOT_FOUND */
function taskOf({ model, weights }: WhisperEngine, listening: Listening): WhisperTask {
  const { name, task, language, temperature, prompt = '' } = listening;
  const { isEnglishOnly } = model;
  if (isEnglishOnly && language !== undefined && language !== 'en') {
    throw new RunError('LANGUAGE_NOT_FOUND', `These weights know English (en), and not "${language}"`);
  }
  return {
    library: INSIDE.library,
    model: MODEL,
    sound: `/job/${name}`,
    language: isEnglishOnly ? 'en' : (language ?? 'auto'),
    isTranslated: task === 'translate',
    temperature,
    prompt,
    threads: weights.threads,
  };
}

/** What is run in the sandbox; from the sources, as in tests, its build. */
function programPath(): string {
  const built = import.meta.url.endsWith('.js');
  return fileURLToPath(
    new URL(built ? './whisper-process.js' : '../../dist/speech/whisper-process.js', import.meta.url),
  );
}

/** Any part of the lines that the program prints. */
type Line = { readonly [name in 'percent' | 'language' | 'start' | 'end' | 'text']?: unknown };

/** The library may print lines of its own, too. */
function lineOf(text: string): Line {
  const value = parseJson(text);
  return isObject(value) ? value : {};
}

/** What was heard, out of all that was printed. */
export function transcriptIn(
  printed: string,
  { language: asked = 'en' }: Pick<Listening, 'language'>,
): Pick<Transcript, 'text' | 'language' | 'segments'> {
  const lines = printed.split('\n').map((line) => lineOf(line));
  const heard = lines.flatMap(({ start, end, text }): Segment[] =>
    typeof start === 'number' && typeof end === 'number' && typeof text === 'string'
      ? [{ start: start / 1000, end: end / 1000, text }]
      : [],
  );
  const { language } = lines.findLast((line) => typeof line.language === 'string') ?? {};
  return {
    // Each has its own blanks, where its language has any.
    text: heard
      .map(({ text }) => text)
      .join('')
      .trim(),
    language: typeof language === 'string' && language !== '' ? language : asked,
    segments: heard.map(({ text, ...times }) => ({ ...times, text: text.trim() })),
  };
}
