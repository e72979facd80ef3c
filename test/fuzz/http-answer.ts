/** Reads answers of HTTP/1.1 as RFC 9112 writes them. */

export interface RawAnswer {
  readonly status: number;
  /** By name in lower case; values of repeated headers are joined. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

interface Context {
  /** An answer to HEAD has no body, whatever its headers say. */
  readonly isHead: boolean;
  /** Whether the connection was closed, so that no more comes. */
  readonly isOver: boolean;
}

interface Head {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
}

/** An answer, and how many bytes it and what came before it took. */
interface Read {
  readonly answer: RawAnswer;
  readonly length: number;
}

/** A body, and how many bytes it took. */
interface ReadBody {
  readonly body: Buffer;
  readonly length: number;
}

const END_OF_HEAD = '\r\n\r\n';

/**
 * The first final answer in what came so far; nothing as long as it is not whole.
 *
 * @throws {Error} when it is not HTTP
 */
export function parseAnswer(bytes: Buffer, context: Context): Read | undefined {
  const end = bytes.indexOf(END_OF_HEAD);
  if (end === -1) return undefined;
  const head = parseHead(bytes.subarray(0, end).toString('latin1'));
  const start = end + END_OF_HEAD.length;
  const rest = bytes.subarray(start);
  if (head.status < 200 && head.status !== 101) {
    const read = parseAnswer(rest, context);
    return read && { ...read, length: start + read.length };
  }
  const read = bodyIn(rest, head, context);
  return read && { answer: { ...head, body: read.body.toString('utf8') }, length: start + read.length };
}

function parseHead(text: string): Head {
  const [first = '', ...lines] = text.split('\r\n');
  const status = /^HTTP\/1\.1 (\d{3})(?: |$)/.exec(first)?.[1];
  if (status === undefined) throw new Error(`Not a status line: ${JSON.stringify(first)}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0) throw new Error(`Not a header: ${JSON.stringify(line)}`);
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { status: Number(status), headers };
}

/** Source: RFC 9112, section 6.3. */
function bodyIn(bytes: Buffer, { status, headers }: Head, { isHead, isOver }: Context): ReadBody | undefined {
  if (isHead || status === 204 || status === 304 || status === 101) return { body: Buffer.alloc(0), length: 0 };
  if (headers.get('transfer-encoding') === 'chunked') return chunksIn(bytes);
  const length = headers.get('content-length');
  if (length === undefined) return isOver ? { body: bytes, length: bytes.length } : undefined;
  const body = bytes.subarray(0, Number(length));
  return body.length === Number(length) ? { body, length: body.length } : undefined;
}

function chunksIn(bytes: Buffer): ReadBody | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const end = bytes.indexOf('\r\n', at);
    if (end === -1) return undefined;
    const size = Number.parseInt(bytes.subarray(at, end).toString('latin1'), 16);
    if (Number.isNaN(size)) throw new Error('Not a chunk');
    const start = end + 2;
    if (bytes.length < start + size + 2) return undefined;
    if (size === 0) return { body: Buffer.concat(chunks), length: start + 2 };
    chunks.push(bytes.subarray(start, start + size));
    at = start + size + 2;
  }
}
