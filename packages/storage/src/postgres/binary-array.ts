/** Types of PostgreSQL by their object ids, which never change. Source: PostgreSQL, pg_type.dat. */
const TYPE_IDS = { text: 25, int8: 20, float8: 701, bytea: 17 } as const;
const EMPTY_BYTES = 12;
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const NUMBER_BYTES = 8;
/** UTF-8 needs at most so many bytes for one UTF-16 code unit. */
const UTF8_BYTES = 3;
const FIRST_SCRATCH_BYTES = 64 * 1024;
/** What a batch with large texts needed is not kept beyond this. */
const KEPT_SCRATCH_BYTES = 1024 * 1024;
const TWO_TO_32 = 2 ** 32;

export type ColumnType = keyof typeof TYPE_IDS;
export type Cell = string | number | bigint | Uint8Array | null;

/** Where arrays are put together before their length is known. */
let scratch = Buffer.allocUnsafe(FIRST_SCRATCH_BYTES);

/**
 * One column of a batch as a PostgreSQL array in binary form, which neither side needs to parse or to escape. Source:
 * PostgreSQL, array_recv in arrayfuncs.c.
 *
 * @throws {RangeError} for a whole number beyond 64 bits
 * @throws {TypeError} for a value that its type cannot hold
 */
export function encodeArray(type: ColumnType, cells: readonly Cell[]): Buffer {
  scratch.writeInt32BE(cells.length === 0 ? 0 : 1, 0);
  scratch.writeInt32BE(cells.includes(null) ? 1 : 0, 4);
  scratch.writeInt32BE(TYPE_IDS[type], 8);
  if (cells.length === 0) return copyOf(EMPTY_BYTES);
  scratch.writeInt32BE(cells.length, 12);
  scratch.writeInt32BE(1, 16);
  const write = WRITERS[type];
  let at = HEADER_BYTES;
  for (const cell of cells) {
    makeRoom(at, cell);
    const bytes = cell === null ? -1 : write(cell, at + LENGTH_BYTES);
    scratch.writeInt32BE(bytes, at);
    at += LENGTH_BYTES + Math.max(bytes, 0);
  }
  return copyOf(at);
}

type CellWriter = (cell: NonNullable<Cell>, at: number) => number;

/** Each writes one value and says how many bytes that took. */
const WRITERS: Readonly<Record<ColumnType, CellWriter>> = {
  text(cell, at) {
    if (typeof cell !== 'string') throw mismatch('text', cell);
    return scratch.write(cell, at, 'utf8');
  },
  int8(cell, at) {
    if (typeof cell === 'number') writeWhole(cell, at);
    else if (typeof cell === 'bigint') scratch.writeBigInt64BE(cell, at);
    else throw mismatch('int8', cell);
    return NUMBER_BYTES;
  },
  float8(cell, at) {
    if (typeof cell !== 'number') throw mismatch('float8', cell);
    scratch.writeDoubleBE(cell, at);
    return NUMBER_BYTES;
  },
  bytea(cell, at) {
    if (!(cell instanceof Uint8Array)) throw mismatch('bytea', cell);
    scratch.set(cell, at);
    return cell.length;
  },
};

/** In two halves, because making a bigint costs more than all of this. */
function writeWhole(value: number, at: number): void {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no whole number`);
  scratch.writeInt32BE(Math.floor(value / TWO_TO_32), at);
  scratch.writeInt32BE(value | 0, at + 4);
}

/** Room for one more cell, at most; what was written so far moves along. */
function makeRoom(at: number, cell: Cell): void {
  const needed = at + LENGTH_BYTES + mostBytesOf(cell);
  if (needed <= scratch.length) return;
  const larger = Buffer.allocUnsafe(Math.max(needed, scratch.length * 2));
  scratch.copy(larger, 0, 0, at);
  scratch = larger;
}

function mostBytesOf(cell: Cell): number {
  if (typeof cell === 'string') return cell.length * UTF8_BYTES;
  return cell instanceof Uint8Array ? cell.length : NUMBER_BYTES;
}

function copyOf(bytes: number): Buffer {
  const array = Buffer.from(scratch.subarray(0, bytes));
  if (scratch.length > KEPT_SCRATCH_BYTES) scratch = Buffer.allocUnsafe(FIRST_SCRATCH_BYTES);
  return array;
}

function mismatch(type: ColumnType, cell: unknown): TypeError {
  return new TypeError(`A column of type ${type} cannot hold a ${typeof cell}`);
}
