/**
 * Whisper behind OpenAI's API of sounds, as faster-whisper's servers, LocalAI and whisper.cpp's own server speak it; the
 * weights are the operator's. Source: OpenAI API reference, "Create transcription", `verbose_json`.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Type from 'typebox';
import { Check } from 'typebox/value';
import { EngineUnavailable } from '../engine-unavailable.ts';
import { asRunError, reasonOf } from '../interruption.ts';
import type { UpstreamAddress } from '../llm/upstream-http.ts';
import { RunError } from '../runner.ts';
import { languageCode } from './language-code.ts';
import type { Listening, Recognizer, Transcript } from './recognizer.ts';
import { silence } from './wav.ts';

export interface WhisperAddress extends UpstreamAddress {
  /** The size of its weights, where the server does not list its models. */
  readonly model?: string;
}

const SIZES = ['large-v3', 'large-v2', 'large', 'medium', 'small', 'base', 'tiny'] as const;
const TRIAL_MS = 60_000;
/** A server that takes longer to say what it has counts as silent. */
const LOOK_MS = 10_000;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

const Answer = Type.Object({
  text: Type.String(),
  language: Type.Optional(Type.String()),
  segments: Type.Optional(Type.Array(Type.Object({ start: Type.Number(), end: Type.Number(), text: Type.String() }))),
});
const Models = Type.Object({ data: Type.Array(Type.Object({ id: Type.String() })) });

/**
 * Asks a server what it has, and lets it listen to a second of silence.
 *
 * @throws {EngineUnavailable}
 */
export async function findWhisperServer(address: WhisperAddress, signal: AbortSignal): Promise<Recognizer> {
  try {
    const models = await modelsOf(address, signal);
    const [first] = models.keys();
    if (first === undefined) throw new Error('it lists no Whisper model: say which one it has with --whisper-model');
    const sound = { bytes: silence(1), name: 'silence.wav' };
    await ask(address, { sound, id: models.get(first) ?? first, signal: limited(signal, TRIAL_MS) });
    return recognizer(address, models);
  } catch (error) {
    const remedy = `check that ${address.url} answers and has a Whisper model`;
    throw new EngineUnavailable(`The Whisper server cannot be used: ${reasonOf(error)}`, remedy, { cause: error });
  }
}

function recognizer(address: WhisperAddress, models: ReadonlyMap<string, string>): Recognizer {
  return {
    name: 'whisper (upstream server)',
    models: [...models.keys()],
    languages: [],
    look: (signal) => lookAt(address, signal),
    async listen(listening) {
      const startedAt = performance.now();
      const bytes = await readFile(join(listening.folder, listening.name));
      const { model, signal } = listening;
      const id = models.get(model) ?? model;
      const heard = await ask(address, { sound: { bytes, name: 'sound.wav' }, id, listening, signal });
      return { ...heard, model: id, elapsedMs: performance.now() - startedAt };
    },
  };
}

/** Sizes of Whisper, and what the server calls them. */
async function modelsOf(address: WhisperAddress, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  if (address.model !== undefined) return new Map([[sizeIn(address.model) ?? address.model, address.model]]);
  const response = await fetch(`${base(address)}/models`, {
    headers: authorization(address),
    signal: limited(signal, TRIAL_MS),
    redirect: 'error',
  });
  const answer: unknown = response.ok ? await response.json() : undefined;
  if (!Check(Models, answer)) return new Map();
  const sized = answer.data.flatMap(({ id }): [string, string][] => {
    const size = sizeIn(id);
    return size === undefined ? [] : [[size, id]];
  });
  return new Map(sized.toReversed());
}

/** What it has now. A server whose weights the operator has named need only answer, whatever it says. */
async function lookAt(address: WhisperAddress, whole: AbortSignal): Promise<readonly string[]> {
  const signal = limited(whole, LOOK_MS);
  if (address.model !== undefined) {
    const response = await fetch(base(address), { headers: authorization(address), signal, redirect: 'manual' });
    await response.body?.cancel();
    return [address.model];
  }
  const models = await modelsOf(address, signal);
  if (models.size === 0) throw new RunError('ENGINE_FAILED', 'The Whisper server lists no Whisper model');
  return [...models.keys()];
}

/** The size that a model's name tells, such as that of `Systran/faster-whisper-base`. */
export function sizeIn(name: string): string | undefined {
  if (name.endsWith('whisper-1')) return 'large-v2';
  return SIZES.find((size) => new RegExp(`(^|[-_./])${size}($|[-_.])`).test(name));
}

type Heard = Pick<Transcript, 'text' | 'language' | 'segments'>;

interface Question {
  readonly sound: { readonly bytes: Uint8Array; readonly name: string };
  readonly id: string;
  readonly listening?: Listening;
  readonly signal: AbortSignal;
}

async function ask(address: WhisperAddress, { sound, id, listening, signal }: Question): Promise<Heard> {
  const form = new FormData();
  form.set('file', new Blob([new Uint8Array(sound.bytes)], { type: 'audio/wav' }), sound.name);
  form.set('model', id);
  form.set('response_format', 'verbose_json');
  form.set('temperature', String(listening?.temperature ?? 0));
  if (listening?.language !== undefined) form.set('language', listening.language);
  if (listening?.prompt !== undefined) form.set('prompt', listening.prompt);
  const path = listening?.task === 'translate' ? '/audio/translations' : '/audio/transcriptions';
  try {
    const init = { method: 'POST', body: form, headers: authorization(address), signal, redirect: 'error' } as const;
    const response = await fetch(`${base(address)}${path}`, init);
    return read(response.status, await boundedText(response), listening);
  } catch (error) {
    throw asRunError(error, signal);
  }
}

function read(status: number, text: string, listening: Listening | undefined): Heard {
  if (status !== 200) throw new RunError('ENGINE_FAILED', `The Whisper server answered ${status}: ${reasonOf(text)}`);
  const answer: unknown = JSON.parse(text);
  if (!Check(Answer, answer))
    throw new RunError('ENGINE_FAILED', 'The Whisper server did not answer with a transcript');
  const { segments = [] } = answer;
  const language = languageCode(answer.language ?? listening?.language ?? 'en');
  const whole = { start: 0, end: listening?.duration ?? 0, text: answer.text.trim() };
  return {
    text: answer.text.trim(),
    language,
    segments:
      segments.length > 0 ? segments.map(({ start, end, text: said }) => ({ start, end, text: said.trim() })) : [whole],
  };
}

async function boundedText(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > MAX_ANSWER_BYTES) throw new RunError('ENGINE_FAILED', 'The Whisper server answered with too much');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function base({ url }: WhisperAddress): string {
  return url.replace(/\/+$/, '');
}

function authorization({ apiKey }: WhisperAddress): Record<string, string> {
  return apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
}

function limited(signal: AbortSignal, ms: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(ms)]);
}
