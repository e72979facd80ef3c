import { access } from 'node:fs/promises';
import { EngineUnavailable } from '../engine-unavailable.ts';
import { lineReader, runEngine } from '../media/engine-run.ts';
import { RunError } from '../runner.ts';
import { findProgram } from '../sandbox/programs.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { inScratch } from '../scratch.ts';
import type { Listening, Recognizer, Segment, Transcript } from './recognizer.ts';

const PROGRAM = 'pocketsphinx_continuous';
const MODEL_FOLDER = '/usr/share/pocketsphinx/model/en-us';
export const SPEECH_REMEDY = 'apt-get install pocketsphinx pocketsphinx-en-us ffmpeg';
/** Sizes of Whisper that clients ask for; the result says that it was not Whisper who listened. */
const STANDS_IN_FOR = ['base', 'tiny', 'small', 'medium', 'large', 'large-v2', 'large-v3'];

/**
 * PocketSphinx: a real recogniser of English that needs no weights of the operator's, and hears much less than Whisper.
 *
 * @throws {EngineUnavailable}
 */
export async function findPocketsphinx(sandbox: Sandbox): Promise<Recognizer> {
  const program = await findProgram(PROGRAM);
  const hasModel = await access(MODEL_FOLDER).then(
    () => true,
    () => false,
  );
  if (program === undefined || !hasModel) {
    throw new EngineUnavailable(
      'There are neither weights for Whisper (--whisper-weights) nor a server for it, nor PocketSphinx with its English model',
      SPEECH_REMEDY,
    );
  }
  return {
    name: 'pocketsphinx',
    models: ['pocketsphinx', ...STANDS_IN_FOR],
    languages: ['en'],
    listen: (listening) => listen(sandbox, program, listening),
  };
}

async function listen(sandbox: Sandbox, program: string, listening: Listening): Promise<Transcript> {
  const { folder, name, language = 'en', duration, signal } = listening;
  if (language !== 'en') {
    throw new RunError('LANGUAGE_NOT_FOUND', `PocketSphinx knows English (en), and not "${language}"`);
  }
  return await inScratch('speech', async (outputFolder) => {
    const reader = createHypothesisReader();
    const { elapsedMs } = await runEngine(sandbox, {
      name: 'PocketSphinx',
      command: [program, '-infile', `/job/${name}`, '-time', 'yes', '-logfn', '/dev/null'],
      binds: [{ from: folder, to: '/job' }],
      outputFolder,
      onPrinted: lineReader((line) => {
        reader.read(line);
        listening.progress((reader.seconds / Math.max(duration, 0.01)) * 100);
      }),
      signal,
    });
    const segments = reader.segments();
    return { text: segments.map(({ text }) => text).join(' '), language: 'en', segments, model: 'en-us', elapsedMs };
  });
}

interface HypothesisReader {
  /** How far the words are that were heard last. */
  readonly seconds: number;
  read(line: string): void;
  segments(): readonly Segment[];
}

/** Reads what PocketSphinx prints with `-time yes`: what it has heard, then each word with its times. */
export function createHypothesisReader(): HypothesisReader {
  const segments: { text: string; start: number | undefined; end: number }[] = [];
  let seconds = 0;
  return {
    get seconds() {
      return seconds;
    },
    read(line) {
      const [, word, start, end] = /^(\S+) (\d+\.\d+) (\d+\.\d+) -?\d+\.\d+$/.exec(line) ?? [];
      if (word === undefined) {
        if (line.trim() !== '') segments.push({ text: line.trim(), start: undefined, end: 0 });
        return;
      }
      seconds = Number(end);
      const current = segments.at(-1);
      // Marks of silence stand in angles.
      if (!current || /^[<[+]/.test(word)) return;
      current.start ??= Number(start);
      current.end = seconds;
    },
    segments: () => segments.map(({ text, start = 0, end }) => ({ start, end, text })),
  };
}
