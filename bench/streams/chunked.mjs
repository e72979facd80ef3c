/** Takes a streamed answer out of HTTP's framing as it comes. */

const HEAD_END = '\r\n\r\n';

export function createChunkReader() {
  let raw = '';
  let at = 0;
  let body = '';
  /** What is left of a chunk, its end of line included. */
  let left = 0;
  /** @type {'head' | 'body' | 'ended'} */
  let stage = 'head';

  function readHead() {
    const end = raw.indexOf(HEAD_END);
    if (end < 0) return false;
    const head = raw.slice(0, end).toLowerCase();
    const isRight = head.startsWith('http/1.1 200 ') && head.includes('transfer-encoding: chunked');
    if (!isRight) throw new Error(`an answer without a stream: ${raw}`);
    at = end + HEAD_END.length;
    stage = 'body';
    return true;
  }

  /** False when more must come first. */
  function readSize() {
    const end = raw.indexOf('\r\n', at);
    if (end < 0) return false;
    const size = Number.parseInt(raw.slice(at, end), 16);
    if (size === 0 && raw.length < end + HEAD_END.length) return false;
    at = end + 2;
    left = size === 0 ? 0 : size + 2;
    if (size === 0) stage = 'ended';
    return size > 0;
  }

  /** False when no whole chunk is there any more. */
  function readChunk() {
    if (left === 0 && !readSize()) return false;
    const count = Math.min(left, raw.length - at);
    body += raw.slice(at, at + Math.min(count, Math.max(0, left - 2)));
    at += count;
    left -= count;
    return left === 0;
  }

  return {
    /** @param {string} text @returns {string} what it has of the body */
    push(text) {
      raw = raw.slice(at) + text;
      at = 0;
      if (stage === 'head' && !readHead()) return '';
      body = '';
      while (readChunk());
      return body;
    },
    get hasEnded() {
      return stage === 'ended';
    },
  };
}
