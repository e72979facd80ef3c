/** The head of a file of Whisper's weights as whisper.cpp reads them. Source: whisper.cpp, `whisper_model_load`. */
import { open } from 'node:fs/promises';

const MAGIC = 0x67676d6c;
const HEAD_BYTES = 48;
/** Places of numbers in the head, of four bytes each. */
const AT = { magic: 0, vocabulary: 1, audioLayers: 5, mels: 10 } as const;
/** Tokens of a model that knows languages; one that knows English alone has fewer. */
const MULTILINGUAL_TOKENS = 51_865;
/** Sizes by the layers of their encoders. */
const SIZES: ReadonlyMap<number, string> = new Map([
  [4, 'tiny'],
  [6, 'base'],
  [12, 'small'],
  [24, 'medium'],
  [32, 'large'],
]);
/** What the third large model has more of than the two before it. */
const MELS_OF_LARGE_V3 = 128;

/** What weights are, by their own word. */
export interface GgmlModel {
  /** Names that requests may ask for it by, the nearest one first. */
  readonly names: readonly string[];
  readonly isEnglishOnly: boolean;
  readonly bytes: number;
}

/** @throws {Error} when it cannot be read, or is no such file */
export async function readGgmlModel(path: string): Promise<GgmlModel> {
  await using file = await open(path);
  const { bytesRead, buffer } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
  const { size: bytes } = await file.stat();
  const number = (at: number): number => (bytesRead === HEAD_BYTES ? buffer.readInt32LE(at * 4) : 0);
  const size = SIZES.get(number(AT.audioLayers));
  if (number(AT.magic) !== MAGIC || size === undefined) {
    throw new Error(`${path} is no file of Whisper's weights in the ggml format, such as ggml-base.bin`);
  }
  const isThird = number(AT.mels) === MELS_OF_LARGE_V3;
  return {
    names: size === 'large' ? largeNames(isThird) : [size],
    isEnglishOnly: number(AT.vocabulary) < MULTILINGUAL_TOKENS,
    bytes,
  };
}

/** The first and the second large model look alike; the second has taken the place of the first. */
function largeNames(isThird: boolean): readonly string[] {
  return [isThird ? 'large-v3' : 'large-v2', 'large'];
}
