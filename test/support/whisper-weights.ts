/**
 * Whisper's weights that were made by hand: a real file in the ggml format, small, whose model says the same two
 * sentences of every two seconds that it hears. Each place of the decoder points to the token that it shall be followed
 * by. Source: whisper.cpp, `whisper_model_load`.
 */
import { open } from 'node:fs/promises';

const MAGIC = 0x67676d6c;
const [STATE, MELS, FFT, AUDIO_CONTEXT, TEXT_CONTEXT, AUDIO_LAYERS, TEXT_LAYERS] = [64, 80, 201, 1500, 448, 4, 1];
const [F32, F16] = [0, 1];
const ONE_IN_F16 = 0x3c00;
/** How much louder a place is than the token at it, and all of them for the choice. */
const [PLACE, GAIN] = [50, 4];
const WORDS = ['', ' Good', ' morning', ' my', ' friend', '.', ' '];

/** Ids of a model's tokens; English alone has no languages. Source: whisper.cpp, `whisper_vocab`. */
const ENGLISH = { vocabulary: 51_864, end: 50_256, begin: 50_363, task: [] as number[] };
const GERMAN = 50_261;
const MANY = { vocabulary: 51_865, end: 50_257, begin: 50_364, task: [GERMAN, 50_359] };

/** What is said between 0 and 1, and between 1 and 2 seconds of a window. */
export const SAID = ['Good morning.', 'my friend.'];

/** Writes weights; those of many languages take every recording for German. */
export async function writeWhisperWeights(path: string, isEnglishOnly: boolean): Promise<void> {
  const tokens = isEnglishOnly ? ENGLISH : MANY;
  const { vocabulary, begin, end, task } = tokens;
  const at = (seconds: number): number => begin + seconds * 50;
  const follows = [...task, at(0), 1, 2, 5, at(1), at(1), 3, 4, 5, at(2), end];
  const directions = new Map([...new Set(follows)].map((token, axis) => [token, axis]));
  await using file = await open(path, 'w');
  await file.write(head(vocabulary));
  for (const tensor of tensors(vocabulary, { follows, directions })) await file.write(tensor);
}

function int32(...numbers: number[]): Buffer {
  return Buffer.from(Int32Array.from(numbers).buffer);
}

function head(vocabulary: number): Buffer {
  const audio = [AUDIO_CONTEXT, STATE, 1, AUDIO_LAYERS];
  const text = [TEXT_CONTEXT, STATE, 1, TEXT_LAYERS];
  const words = WORDS.map((word) => Buffer.from(word)).flatMap((word) => [int32(word.length), word]);
  const filters = [int32(MELS, FFT), Buffer.alloc(MELS * FFT * 4)];
  return Buffer.concat([
    int32(MAGIC, vocabulary, ...audio, ...text, MELS, F16),
    ...filters,
    int32(WORDS.length),
    ...words,
  ]);
}

interface Course {
  /** The token after each place. */
  readonly follows: readonly number[];
  /** The axis of each token. */
  readonly directions: ReadonlyMap<number, number>;
}

// All of a model's tensors; what says nothing is zero.
function* tensors(vocabulary: number, course: Course): Generator<Buffer> {
  yield float('encoder.positional_embedding', [STATE, AUDIO_CONTEXT]);
  yield half('encoder.conv1.weight', [3, MELS, STATE]);
  yield float('encoder.conv1.bias', [1, STATE]);
  yield half('encoder.conv2.weight', [3, STATE, STATE]);
  yield float('encoder.conv2.bias', [1, STATE]);
  yield* norm('encoder.ln_post');
  for (let layer = 0; layer < AUDIO_LAYERS; layer++) yield* block(`encoder.blocks.${layer}`, ['attn']);
  yield places(course);
  yield embedding(vocabulary, course);
  yield float('decoder.ln.weight', [STATE], new Float32Array(STATE).fill(GAIN));
  yield float('decoder.ln.bias', [STATE]);
  for (let layer = 0; layer < TEXT_LAYERS; layer++) yield* block(`decoder.blocks.${layer}`, ['attn', 'cross_attn']);
}

function* block(name: string, attentions: readonly string[]): Generator<Buffer> {
  yield* norm(`${name}.mlp_ln`);
  yield* linear(`${name}.mlp.0`, STATE, 4 * STATE);
  yield* linear(`${name}.mlp.2`, 4 * STATE, STATE);
  for (const attention of attentions) {
    yield* norm(`${name}.${attention}_ln`);
    for (const part of ['query', 'value', 'out']) yield* linear(`${name}.${attention}.${part}`, STATE, STATE);
    yield half(`${name}.${attention}.key.weight`, [STATE, STATE]);
  }
}

function* norm(name: string): Generator<Buffer> {
  yield float(`${name}.weight`, [STATE]);
  yield float(`${name}.bias`, [STATE]);
}

function* linear(name: string, from: number, to: number): Generator<Buffer> {
  yield half(`${name}.weight`, [from, to]);
  yield float(`${name}.bias`, [to]);
}

function places({ follows, directions }: Course): Buffer {
  const values = new Float32Array(STATE * TEXT_CONTEXT);
  for (let place = 0; place < TEXT_CONTEXT; place++) {
    const axis = directions.get(follows[Math.min(place, follows.length - 1)] ?? 0) ?? 0;
    values[place * STATE + axis] = PLACE;
  }
  return float('decoder.positional_embedding', [STATE, TEXT_CONTEXT], values);
}

function embedding(vocabulary: number, { directions }: Course): Buffer {
  const values = new Uint16Array(STATE * vocabulary);
  for (const [token, axis] of directions) values[token * STATE + axis] = ONE_IN_F16;
  return tensor('decoder.token_embedding.weight', [STATE, vocabulary], F16, Buffer.from(values.buffer));
}

function float(name: string, shape: readonly number[], values = new Float32Array(sizeOf(shape))): Buffer {
  return tensor(name, shape, F32, Buffer.from(values.buffer));
}

function half(name: string, shape: readonly number[]): Buffer {
  return tensor(name, shape, F16, Buffer.alloc(sizeOf(shape) * 2));
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

function tensor(name: string, shape: readonly number[], type: number, data: Buffer): Buffer {
  const text = Buffer.from(name);
  return Buffer.concat([int32(shape.length, text.length, type, ...shape), text, data]);
}
