/** What a GGUF says of its model before the weights begin. Source: ggml's docs/gguf.md, version 3. */
import { open } from 'node:fs/promises';
import type { ModelLayer, ModelShape } from '../runner.ts';

const FIRST_READ_BYTES = 16 * 1024 * 1024;
/** A header with the largest vocabularies has some 20 MiB. */
const MAX_HEADER_BYTES = 128 * 1024 * 1024;
const MAGIC = 'GGUF';
/** Sizes of the types of values that have one, by their numbers. */
const VALUE_BYTES: readonly (number | undefined)[] = [1, 1, 2, 2, 4, 4, 4, 1, undefined, undefined, 8, 8, 8];
const [STRING, ARRAY] = [8, 9];

interface Tensor {
  readonly name: string;
  readonly elements: number;
  readonly offset: number;
}

/**
 * Reads the shape of a model from its file.
 *
 * @throws {Error} when the file is no GGUF of version 2 or 3
 */
export async function readModelShape(path: string): Promise<ModelShape> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    for (let bytes = FIRST_READ_BYTES; ; bytes *= 2) {
      const length = Math.min(size, bytes);
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, 0);
      const shape = tryShape(buffer, size, length === size || bytes >= MAX_HEADER_BYTES);
      if (shape) return shape;
    }
  } finally {
    await file.close();
  }
}

/** Nothing where the header is longer than what was read, and more can be. */
function tryShape(buffer: Buffer, fileBytes: number, isLast: boolean): ModelShape | undefined {
  try {
    return shapeOf(buffer, fileBytes);
  } catch (error) {
    if (error instanceof RangeError && !isLast) return undefined;
    throw error;
  }
}

function shapeOf(buffer: Buffer, fileBytes: number): ModelShape {
  const cursor = new Cursor(buffer);
  const version = cursor.begin();
  if (version !== 2 && version !== 3) throw new Error(`GGUF version ${version} is not known here`);
  const [tensorCount, keyCount] = [cursor.uint64(), cursor.uint64()];
  const numbers = new Map<string, number>();
  for (let i = 0; i < keyCount; i++) {
    const [key, value] = [cursor.text(), cursor.value()];
    if (typeof value === 'number') numbers.set(key, value);
  }
  const tensors = Array.from({ length: tensorCount }, () => cursor.tensor());
  const alignment = numbers.get('general.alignment') ?? 32;
  const dataBytes = fileBytes - Math.ceil(cursor.at / alignment) * alignment;
  const figure = (suffix: string): number => [...numbers].find(([key]) => key.endsWith(suffix))?.[1] ?? 0;
  return {
    layers: layersOf(tensors, dataBytes, figure('.block_count')),
    hiddenDim: figure('.embedding_length'),
    parameters: tensors.reduce((sum, { elements }) => sum + elements, 0),
  };
}

/** Each tensor reaches to the next one's beginning. */
function layersOf(tensors: readonly Tensor[], dataBytes: number, count: number): readonly ModelLayer[] {
  const inOrder = tensors.toSorted((a, b) => a.offset - b.offset);
  const bytes = Array.from({ length: count }, () => 0);
  inOrder.forEach(({ name, offset }, at) => {
    const layer = Number(/^blk\.(\d+)\./.exec(name)?.[1] ?? Number.NaN);
    if (layer < count) bytes[layer] = (bytes[layer] ?? 0) + (inOrder[at + 1]?.offset ?? dataBytes) - offset;
  });
  return bytes.map((memoryBytes, index) => ({ index, type: 'transformer', memoryBytes }));
}

class Cursor {
  at = 0;
  private readonly buffer: Buffer;

  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  /** @returns the version */
  begin(): number {
    if (this.buffer.toString('latin1', 0, MAGIC.length) !== MAGIC) throw new Error('The file is no GGUF');
    this.at = MAGIC.length;
    return this.uint32();
  }

  uint32(): number {
    return this.buffer.readUInt32LE(this.skip(4));
  }

  uint64(): number {
    return Number(this.buffer.readBigUInt64LE(this.skip(8)));
  }

  text(): string {
    const length = this.uint64();
    const from = this.skip(length);
    return this.buffer.toString('utf8', from, from + length);
  }

  /** A whole number where it is one of 32 or 64 bits; of others nothing is needed. */
  value(type = this.uint32()): number | undefined {
    if (type === 4) return this.uint32();
    if (type === 10) return this.uint64();
    if (type === STRING) return void this.skip(this.uint64());
    if (type === ARRAY) return this.array();
    const bytes = VALUE_BYTES[type];
    if (bytes === undefined) throw new Error(`GGUF has no type ${type}`);
    return void this.skip(bytes);
  }

  tensor(): Tensor {
    const name = this.text();
    const dimensions = Array.from({ length: this.uint32() }, () => this.uint64());
    this.skip(4);
    return { name, elements: dimensions.reduce((product, length) => product * length, 1), offset: this.uint64() };
  }

  private array(): undefined {
    const [type, length] = [this.uint32(), this.uint64()];
    const bytes = VALUE_BYTES[type];
    if (bytes !== undefined) return void this.skip(bytes * length);
    for (let i = 0; i < length; i++) this.value(type);
    return undefined;
  }

  /** @throws {RangeError} beyond the end of what was read */
  private skip(bytes: number): number {
    const from = this.at;
    if (from + bytes > this.buffer.length) throw new RangeError('The header is longer than what was read');
    this.at = from + bytes;
    return from;
  }
}
