/** The load: clients on raw sockets that read one stream each, one after the other. Every stream is checked whole. */
import { serveParent, tellParent } from '../child.mjs';
import { connectTo } from '../connection.mjs';
import { createAnswer } from './answer.mjs';
import { MODEL, PROMPT, PROMPT_TOKENS, wholeText } from './words.mjs';

const BUFFER_BYTES = 256 * 1024;
/** How long the last streams may take after the window has closed. */
const DRAIN_MS = 30_000;

/**
 * @typedef {object} Run
 * @property {string} host
 * @property {number} port
 * @property {readonly string[]} keys clients take turns in using them
 * @property {number} streams
 * @property {number} tokens of each stream
 * @property {number} staggerMs over which the first streams are begun
 * @property {number} warmMs
 * @property {number} measureMs
 */

/** @typedef {{ first: number[], gaps: number[], durations: number[], tokens: number }} Window times in ms */
/** @typedef {{ answered: number, units: number, failed: number, example: string, window: Window }} Tally */

/** @param {Run} run @param {number} number */
function requestOf({ host, port, keys, tokens }, number) {
  const body = JSON.stringify({
    model: MODEL,
    messages: [{ role: 'user', content: PROMPT }],
    max_tokens: tokens,
    temperature: 0,
    stream: true,
    stream_options: { include_usage: true },
  });
  const head = [
    'POST /v1/chat/completions HTTP/1.1',
    `host: ${host}:${port}`,
    'content-type: application/json',
    `authorization: Bearer ${keys[number % keys.length]}`,
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** Measures one stream after the other. @param {Window} window @param {() => boolean} isMeasuring */
function createMeter(window, isMeasuring) {
  let sentAt = 0;
  let lastAt = 0;
  return {
    sent() {
      lastAt = 0;
      sentAt = performance.now();
    },
    /** @param {number} count tokens that came at once */
    came(count) {
      const now = performance.now();
      if (isMeasuring()) {
        window.tokens += count;
        if (lastAt === 0) window.first.push(now - sentAt);
        else window.gaps.push(now - lastAt);
        for (let more = 1; more < count; more++) window.gaps.push(0);
      }
      lastAt = now;
    },
    ended() {
      if (isMeasuring()) window.durations.push(performance.now() - sentAt);
    },
  };
}

/**
 * One client: asks, reads the stream to its end, asks again.
 *
 * @param {Run} run
 * @param {number} number
 * @param {{ tally: Tally, whole: string, phase: () => string, onIdle: () => void }} course
 */
function openClient(run, number, { tally, whole, phase, onIdle }) {
  const bytes = requestOf(run, number);
  const meter = createMeter(tally.window, () => phase() === 'measuring');
  let answer = createAnswer(whole);
  let isOpen = true;

  function ask() {
    answer = createAnswer(whole);
    meter.sent();
    socket.write(bytes);
  }

  function take(/** @type {string} */ text) {
    const count = answer.push(text);
    if (count > 0) meter.came(count);
    if (!answer.hasEnded) return;
    const fault = answer.fault();
    if (fault !== undefined) throw new Error(fault);
    meter.ended();
    tally.answered += 1;
    tally.units += PROMPT_TOKENS + run.tokens;
    if (phase() === 'over') end();
    else ask();
  }

  function fail(/** @type {unknown} */ what) {
    tally.failed += 1;
    tally.example ||= String(what);
    end();
  }

  function end() {
    if (!isOpen) return;
    isOpen = false;
    socket.destroy();
    onIdle();
  }

  const socket = connectTo(run, BUFFER_BYTES, (text) => {
    try {
      take(text);
    } catch (error) {
      fail(error);
    }
    return isOpen;
  });
  socket.once('connect', () => setTimeout(ask, (number / run.streams) * run.staggerMs));
  socket.once('error', fail);
  socket.once('close', () => isOpen && fail('the server closed the connection'));
}

/** @param {Run} run */
async function measure(run) {
  /** @type {Tally} */
  const tally = {
    answered: 0,
    units: 0,
    failed: 0,
    example: '',
    window: { first: [], gaps: [], durations: [], tokens: 0 },
  };
  const whole = wholeText(run.tokens);
  let phase = 'warming';
  let left = run.streams;
  const drained = new Promise((resolve) => {
    const course = { tally, whole, phase: () => phase, onIdle: () => --left === 0 && resolve(undefined) };
    for (let number = 0; number < run.streams; number++) openClient(run, number, course);
  });
  await pause(run.warmMs);
  phase = 'measuring';
  const begunAt = performance.now();
  tellParent({ type: 'begun' });
  await pause(run.measureMs);
  phase = 'over';
  const seconds = (performance.now() - begunAt) / 1000;
  const { tokens, first, gaps, durations } = tally.window;
  tellParent({ type: 'window', seconds, tokens });
  await Promise.race([drained, pause(DRAIN_MS)]);
  if (left > 0) throw new Error(`${left} streams did not end within ${DRAIN_MS} ms`);
  const { answered, units, failed, example } = tally;
  const times = { first: percentiles(first), gap: percentiles(gaps), duration: percentiles(durations) };
  tellParent({ type: 'measured', answered, units, failed, example, times });
}

/** @param {number[]} times */
function percentiles(times) {
  const sorted = Float64Array.from(times).sort();
  const at = (/** @type {number} */ share) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), count: sorted.length };
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

serveParent({ run: (message) => measure(/** @type {any} */ (message)) });
tellParent({ type: 'ready' });
