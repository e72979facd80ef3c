import { connect } from 'node:net';
import { addTo, emptyDigest } from './digest.mjs';
import { clientFrame, readFrames } from './frames.mjs';

const HEAD_END = '\r\n\r\n';
const SEQ = Buffer.from('"seq":');
const ZERO = 48;
const NINE = 57;
const [TEXT, CLOSE, PING] = [1, 8, 9];
const PONG = Buffer.of(0x8a, 0x80, 0, 0, 0, 0);
const END_OF_JOB = /"status":"completed","timestamp":"([^"]+)"/;

/**
 * @typedef {object} ReaderOptions
 * @property {string} host
 * @property {number} port
 * @property {string} key
 * @property {string | undefined} event all kinds without
 * @property {boolean} isTimed whether it notes how late each job's end is
 */

/** One reader of `/ws`, on a bare socket: checks that numbers rise, and keeps a digest of them. */
export class Reader {
  digest = emptyDigest();
  /** @type {number[]} milliseconds from a job's end until it is told */
  lateness = [];
  wrong = '';
  closeCode = 0;
  /** @type {(seq: number) => void} */
  #onPong = () => undefined;
  #rest = Buffer.alloc(0);
  #isOpen = false;
  #options;
  #socket;
  /** @type {Promise<void>} */
  opened;

  /** @param {ReaderOptions} options */
  constructor(options) {
    this.#options = options;
    const { host, port, key } = options;
    this.#socket = connect({ host, port, noDelay: true });
    const head = ['GET /ws HTTP/1.1', `host: ${host}:${port}`, `authorization: Bearer ${key}`, 'upgrade: websocket'];
    const rest = ['connection: upgrade', 'sec-websocket-version: 13', 'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA=='];
    this.#socket.write([...head, ...rest].join('\r\n') + HEAD_END);
    this.opened = new Promise((resolve, reject) => {
      this.#socket.on('data', (data) => this.#take(data, resolve, reject));
      this.#socket.on('error', reject);
      this.#socket.on('close', () => reject(new Error('The connection was closed before it was open')));
    });
  }

  /** Waits until everything was sent that happened until now. @returns {Promise<number>} its number */
  async ping() {
    const pong = new Promise((/** @type {(seq: number) => void} */ resolve) => (this.#onPong = resolve));
    this.#say({ id: 1, type: 'ping' });
    return await pong;
  }

  /** Reads nothing from now on. */
  stopReading() {
    this.#socket.pause();
  }

  startReading() {
    this.#socket.resume();
  }

  close() {
    this.#socket.destroy();
  }

  /** @param {object} message */
  #say(message) {
    this.#socket.write(clientFrame(JSON.stringify(message)));
  }

  /** @param {Buffer} data @param {() => void} onOpen @param {(error: Error) => void} onRefused */
  #take(data, onOpen, onRefused) {
    let rest = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data]);
    if (!this.#isOpen) {
      const end = rest.indexOf(HEAD_END);
      if (end < 0) return void (this.#rest = rest);
      const head = rest.toString('latin1', 0, end);
      if (!head.startsWith('HTTP/1.1 101')) return onRefused(new Error(head));
      rest = rest.subarray(end + HEAD_END.length);
      this.#isOpen = true;
      const { event } = this.#options;
      if (event !== undefined) this.#say({ id: 1, type: 'subscribe', event });
      onOpen();
    }
    this.#rest = readFrames(rest, (opcode, bytes, from, to) => this.#frame(opcode, bytes, from, to));
  }

  /** @param {number} opcode @param {Buffer} bytes @param {number} from @param {number} to */
  #frame(opcode, bytes, from, to) {
    if (opcode === PING) return void this.#socket.write(PONG);
    if (opcode === CLOSE) return void (this.closeCode = bytes.readUInt16BE(from));
    if (opcode !== TEXT) return;
    const seq = numberAt(bytes, bytes.indexOf(SEQ, from) + SEQ.length);
    // {"type":"p…" and {"type":"s…" are answers.
    const kind = String.fromCharCode(bytes[from + 9] ?? 0);
    if (kind === 'p') return this.#onPong(seq);
    if (kind === 's') return;
    if (seq <= this.digest.last) this.wrong ||= `${seq} came after ${this.digest.last}`;
    addTo(this.digest, seq);
    if (this.#options.isTimed) this.#time(bytes.toString('latin1', from, to));
  }

  /** @param {string} text */
  #time(text) {
    const ended = END_OF_JOB.exec(text)?.[1];
    if (ended !== undefined) this.lateness.push(Date.now() - Date.parse(ended));
  }
}

/** @param {Buffer} bytes @param {number} at */
function numberAt(bytes, at) {
  let value = 0;
  for (let index = at; ; index++) {
    const digit = bytes[index] ?? 0;
    if (digit < ZERO || digit > NINE) return value;
    value = value * 10 + (digit - ZERO);
  }
}
