/**
 * The load: clients on raw sockets, each with one request under way. Every answer is checked: its status, its cost,
 * and that it echoes exactly this request.
 */
import { serveParent, tellParent } from './child.mjs';
import { connectTo } from './connection.mjs';

const BUFFER_BYTES = 64 * 1024;
/** How long the last answers may take after the window has closed. */
const DRAIN_MS = 30_000;
/** The part of the content that tells one request from the next: its digits. */
const SEQUENCE = '00000000';
const HEAD_END = '\r\n\r\n';
const LENGTH = /\r\ncontent-length: (\d+)\r\n/i;

/**
 * @typedef {object} Run
 * @property {string} host
 * @property {number} port
 * @property {readonly string[]} keys clients take turns in using them
 * @property {number} clients
 * @property {number} warmMs
 * @property {number} measureMs
 */

/** @typedef {{ answered: number, failed: number, example: string, latencies: number[] }} Tally */

/** @param {Run} run @param {number} number */
function requestOf({ host, port, keys }, number) {
  const content = `client ${number} task ${SEQUENCE}`;
  const body = JSON.stringify({ task_type: 'echo', content, api_key: keys[number % keys.length] });
  const head = [
    'POST /api/v1/request HTTP/1.1',
    `host: ${host}:${port}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ].join('\r\n');
  const bytes = Buffer.from(head + HEAD_END + body);
  return { bytes, at: bytes.indexOf(SEQUENCE), prefix: `"status":"completed","result":"Echo: client ${number} task ` };
}

/**
 * One client: sends, checks the answer, sends the next.
 *
 * @param {Run} run
 * @param {number} number
 * @param {{ tally: Tally, isOver: () => boolean, isMeasuring: () => boolean, onIdle: () => void }} course
 */
function openClient(run, number, { tally, isOver, isMeasuring, onIdle }) {
  const { bytes, at, prefix } = requestOf(run, number);
  let sent = 0;
  let sentAt = 0;
  let answer = '';
  let expected = '';

  function send() {
    const sequence = String(++sent).padStart(SEQUENCE.length, '0');
    bytes.write(sequence, at, 'latin1');
    expected = `${prefix}${sequence}","cost":10,`;
    sentAt = performance.now();
    socket.write(bytes);
  }

  function take(/** @type {string} */ text) {
    answer = answer === '' ? text : answer + text;
    const headEnd = answer.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const length = LENGTH.exec(answer);
    if (length === null) return fail(`an answer without a length: ${answer}`);
    if (answer.length < headEnd + HEAD_END.length + Number(length[1])) return;
    const isRight = answer.startsWith('HTTP/1.1 200 ') && answer.includes(expected, headEnd);
    if (!isRight) return fail(answer);
    answer = '';
    tally.answered += 1;
    if (isMeasuring()) tally.latencies.push(performance.now() - sentAt);
    if (isOver()) end();
    else send();
  }

  function fail(/** @type {string} */ what) {
    tally.failed += 1;
    tally.example ||= what;
    end();
  }

  let isOpen = true;
  function end() {
    if (!isOpen) return;
    isOpen = false;
    socket.destroy();
    onIdle();
  }

  const socket = connectTo(run, BUFFER_BYTES, (text) => (take(text), isOpen));
  socket.once('connect', send);
  socket.once('error', (error) => fail(String(error)));
  socket.once('close', () => isOpen && fail('the server closed the connection'));
}

/** @param {Run} run */
async function measure(run) {
  /** @type {Tally} */
  const tally = { answered: 0, failed: 0, example: '', latencies: [] };
  let phase = 'warming';
  let left = run.clients;
  const drained = new Promise((resolve) => {
    const onIdle = () => --left === 0 && resolve(undefined);
    const course = { tally, isOver: () => phase === 'over', isMeasuring: () => phase === 'measuring', onIdle };
    for (let number = 0; number < run.clients; number++) openClient(run, number, course);
  });
  await pause(run.warmMs);
  phase = 'measuring';
  const begunAt = performance.now();
  tellParent({ type: 'begun' });
  await pause(run.measureMs);
  phase = 'over';
  const seconds = (performance.now() - begunAt) / 1000;
  tellParent({ type: 'window', seconds, tasks: tally.latencies.length });
  await Promise.race([drained, pause(DRAIN_MS)]);
  if (left > 0) throw new Error(`${left} clients got no answer within ${DRAIN_MS} ms`);
  const { answered, failed, example, latencies } = tally;
  tellParent({ type: 'measured', answered, failed, example, ...percentiles(latencies) });
}

/** @param {number[]} latencies milliseconds */
function percentiles(latencies) {
  const sorted = Float64Array.from(latencies).sort();
  const at = (/** @type {number} */ share) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? 0 };
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

serveParent({ run: (message) => measure(/** @type {any} */ (message)) });
tellParent({ type: 'ready' });
