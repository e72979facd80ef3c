import { readFile, writeFile } from 'node:fs/promises';

const ALIGNMENT = 32;
const STRING = 8;
const ARRAY = 9;
/** Bytes of a value by its type's number. https://github.com/ggml-org/ggml/blob/master/docs/gguf.md */
const SIZES: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};

/** Copies a GGUF file and gives the copy a chat template. */
export async function addChatTemplate(from: string, to: string, template: string): Promise<void> {
  const file = await readFile(from);
  const tensors = Number(file.readBigUInt64LE(8));
  const values = Number(file.readBigUInt64LE(16));
  let valuesEnd = 24;
  for (let i = 0; i < values; i++) valuesEnd = afterValue(file, afterText(file, valuesEnd));
  let infosEnd = valuesEnd;
  for (let i = 0; i < tensors; i++) {
    const dimensionsAt = afterText(file, infosEnd);
    infosEnd = dimensionsAt + 4 + 8 * file.readUInt32LE(dimensionsAt) + 4 + 8;
  }
  const type = Buffer.alloc(4);
  type.writeUInt32LE(STRING);
  const added = [text('tokenizer.chat_template'), type, text(template)];
  const head = Buffer.concat([file.subarray(0, valuesEnd), ...added, file.subarray(valuesEnd, infosEnd)]);
  head.writeBigUInt64LE(BigInt(values + 1), 16);
  const padding = Buffer.alloc(aligned(head.length) - head.length);
  await writeFile(to, Buffer.concat([head, padding, file.subarray(aligned(infosEnd))]));
}

function aligned(position: number): number {
  return Math.ceil(position / ALIGNMENT) * ALIGNMENT;
}

function text(value: string): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(value)));
  return Buffer.concat([length, Buffer.from(value)]);
}

function afterText(file: Buffer, at: number): number {
  return at + 8 + Number(file.readBigUInt64LE(at));
}

/** Behind a type and a value of it. */
function afterValue(file: Buffer, at: number): number {
  const type = file.readUInt32LE(at);
  if (type !== ARRAY) return afterElement(file, at + 4, type);
  const elementType = file.readUInt32LE(at + 4);
  const count = Number(file.readBigUInt64LE(at + 8));
  let end = at + 16;
  for (let i = 0; i < count; i++) end = afterElement(file, end, elementType);
  return end;
}

function afterElement(file: Buffer, at: number, type: number): number {
  return type === STRING ? afterText(file, at) : at + (SIZES[type] ?? 0);
}
