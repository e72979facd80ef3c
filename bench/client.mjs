/** A client of ours on a raw socket, with one request under way; every answer is checked whole. */
import { connectTo } from './connection.mjs';

const BUFFER_BYTES = 64 * 1024;
/** The part of the content that tells one request from the next: its digits. */
const SEQUENCE = '00000000';
const HEAD_END = '\r\n\r\n';
const LENGTH = /\r\ncontent-length: (\d+)\r\n/i;

/**
 * @typedef {object} Server
 * @property {string} host
 * @property {number} port
 * @property {number} keyLength characters of every API key
 * @property {() => string} keyOf the API key of the next request
 */

/** @param {Server} server @param {number} number */
function requestOf({ host, port, keyLength }, number) {
  const content = `client ${number} task ${SEQUENCE}`;
  const key = '_'.repeat(keyLength);
  const body = JSON.stringify({ task_type: 'echo', content, api_key: key });
  const head = [
    'POST /api/v1/request HTTP/1.1',
    `host: ${host}:${port}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ].join('\r\n');
  const bytes = Buffer.from(head + HEAD_END + body);
  const [at, keyAt] = [bytes.indexOf(SEQUENCE), bytes.indexOf(key)];
  return { bytes, at, keyAt, prefix: `"status":"completed","result":"Echo: client ${number} task ` };
}

/**
 * One client: sends, checks the answer (its status, its cost, and that it echoes exactly this request), sends the next.
 *
 * @param {Server} server
 * @param {number} number
 * @param {import('./course.mjs').Course} course
 */
export function openClient(server, number, { mayGo, succeed, fail, leave }) {
  const { bytes, at, keyAt, prefix } = requestOf(server, number);
  let sent = 0;
  let sentAt = 0;
  let answer = '';
  let expected = '';
  let isOpen = true;

  function next() {
    if (!mayGo()) return end();
    const sequence = String(++sent).padStart(SEQUENCE.length, '0');
    bytes.write(sequence, at, 'latin1');
    bytes.write(server.keyOf(), keyAt, 'latin1');
    expected = `${prefix}${sequence}","cost":10,`;
    sentAt = performance.now();
    socket.write(bytes);
  }

  function take(/** @type {string} */ text) {
    answer = answer === '' ? text : answer + text;
    const headEnd = answer.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const length = LENGTH.exec(answer);
    if (length === null) return giveUp(`an answer without a length: ${answer}`);
    if (answer.length < headEnd + HEAD_END.length + Number(length[1])) return;
    const isRight = answer.startsWith('HTTP/1.1 200 ') && answer.includes(expected, headEnd);
    if (!isRight) return giveUp(answer);
    answer = '';
    succeed(sentAt);
    next();
  }

  function giveUp(/** @type {string} */ what) {
    fail(what);
    end();
  }

  function end() {
    if (!isOpen) return;
    isOpen = false;
    socket.destroy();
    leave();
  }

  const socket = connectTo(server, BUFFER_BYTES, (text) => (take(text), isOpen));
  socket.once('connect', next);
  socket.once('error', (error) => isOpen && giveUp(String(error)));
  socket.once('close', () => isOpen && giveUp('the server closed the connection'));
}
