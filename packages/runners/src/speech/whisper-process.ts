/**
 * A program of its own, which listens by whisper.cpp and prints what it hears as lines of JSON. It runs in the sandbox,
 * where there is nothing but it, so it imports only what Node brings along.
 */
import { access, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** What it is asked to do, as JSON on its command line; paths are those inside the sandbox. */
export interface WhisperTask {
  readonly library: string;
  readonly model: string;
  readonly sound: string;
  /** A code, or `auto`. */
  readonly language: string;
  readonly isTranslated: boolean;
  readonly temperature: number;
  readonly prompt: string;
  readonly threads: number;
}

/** One line of what it prints. */
type WhisperLine =
  | { readonly percent: number }
  | { readonly language: string }
  /** Milliseconds. */
  | { readonly start: number; readonly end: number; readonly text: string };

/** The part of the library that is used here; its version is pinned. Source: @fugood/whisper.node, `lib/binding.ts`. */
interface WhisperLibrary {
  readonly WhisperContext: new (options: { readonly filePath: string; readonly useGpu: boolean }) => WhisperContext;
}

interface WhisperContext {
  transcribeData(samples: ArrayBuffer, options: object): { readonly promise: Promise<Heard> };
}

interface Heard {
  readonly language?: string;
  readonly segments: readonly { readonly t0: number; readonly t1: number; readonly text: string }[];
}

const WAV_HEADER_BYTES = 44;

function print(line: WhisperLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** The samples of a sound that was written by us, without their header. */
async function samplesIn(path: string): Promise<ArrayBuffer> {
  const whole = new Uint8Array(await readFile(path));
  return whole.slice(WAV_HEADER_BYTES).buffer;
}

async function listen(task: WhisperTask): Promise<void> {
  await access(task.model).catch((cause: unknown) => {
    throw new Error('Others than its owner must be able to read the weights: chmod o+r', { cause });
  });
  // Only this version's interface is described above.
  const { WhisperContext } = createRequire(import.meta.url)(task.library) as WhisperLibrary;
  const context = new WhisperContext({ filePath: task.model, useGpu: false });
  const { promise } = context.transcribeData(await samplesIn(task.sound), {
    language: task.language,
    translate: task.isTranslated,
    temperature: task.temperature,
    maxThreads: task.threads,
    ...(task.prompt !== '' && { prompt: task.prompt }),
    onProgress: (percent: number) => print({ percent }),
  });
  const { language = '', segments } = await promise;
  for (const { t0: start, t1: end, text } of segments) print({ start, end, text });
  print({ language });
}

/** Node's, for a promise that nothing will settle any more: the library forgets its own where it fails. */
const UNSETTLED = 13;
process.once('exit', (code) => {
  if (code === UNSETTLED) console.error('The library gave up');
});

try {
  await listen(JSON.parse(process.argv[2] ?? '') as WhisperTask);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
