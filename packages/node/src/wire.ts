import type { Socket } from 'node:net';
import { isPlainHttp, isUnknownAuthority } from '@plexus/protocol';
import { WebSocket } from 'ws';

const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;
/** What may wait for a coordinator that does not read: more than all answers that a worker holds. */
const MAX_UNSENT_BYTES = 96 * 1024 * 1024;
/** Pings in a row without any sign of life before the connection is given up. */
const MAX_SILENT_PINGS = 3;
const GOING_AWAY = 1001;

export interface WireOptions {
  readonly url: string;
  readonly token: string | undefined;
  readonly handshakeMs: number;
  readonly pingMs: number;
  /** For the closing handshake. */
  readonly closeMs: number;
  onOpen(): void;
  onText(text: string): void;
  onBinary(): void;
  /** The server answered the handshake with a status; what to say of it. */
  onStatus(status: number): string;
  /** Called exactly once. */
  onEnded(reason: string): void;
}

/** A WebSocket that notices when the other end is gone, and writes many frames as one. */
export class Wire {
  readonly #ws: WebSocket;
  readonly #options: WireOptions;
  #socket: Socket | undefined;
  #reason: string | undefined;
  #silentPings = 0;
  #watch: NodeJS.Timeout | undefined;
  #closing: NodeJS.Timeout | undefined;

  constructor(options: WireOptions) {
    this.#options = options;
    const { url, token, handshakeMs } = options;
    // Compression is off: it costs more time than a network takes for the bytes.
    this.#ws = new WebSocket(url, {
      perMessageDeflate: false,
      maxPayload: MAX_PAYLOAD_BYTES,
      handshakeTimeout: handshakeMs,
      ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
    });
    this.#listen();
  }

  get isOpen(): boolean {
    return this.#ws.readyState === WebSocket.OPEN;
  }

  /** What was written and did not leave yet. */
  get unsentBytes(): number {
    return this.#ws.bufferedAmount;
  }

  /** Bytes of the connection, with all that frames them. */
  get traffic(): { readonly bytesSent: number; readonly bytesReceived: number } {
    return { bytesSent: this.#socket?.bytesWritten ?? 0, bytesReceived: this.#socket?.bytesRead ?? 0 };
  }

  /** Writes the frames with one system call where they fit. */
  write(frames: readonly string[]): void {
    if (!this.isOpen) return;
    this.#socket?.cork();
    try {
      for (const text of frames) this.#ws.send(text);
    } finally {
      this.#socket?.uncork();
    }
    if (this.unsentBytes > MAX_UNSENT_BYTES) this.giveUp('the coordinator does not read what it is sent');
  }

  /** What the end will be put down to, unless something was before. */
  blame(reason: string): void {
    this.#reason ??= reason;
  }

  giveUp(reason: string): void {
    this.blame(reason);
    this.#ws.terminate();
  }

  close(): void {
    this.blame('this node is stopping');
    this.#closing ??= setTimeout(() => this.#ws.terminate(), this.#options.closeMs);
    this.#ws.close(GOING_AWAY);
  }

  #listen(): void {
    const ws = this.#ws;
    ws.on('upgrade', (response) => {
      this.#socket = response.socket;
    });
    ws.on('open', () => {
      this.#watch = setInterval(() => this.#ping(), this.#options.pingMs);
      this.#options.onOpen();
    });
    ws.on('pong', () => {
      this.#silentPings = 0;
    });
    ws.on('message', (data, isBinary) => this.#take(data, isBinary));
    ws.on('unexpected-response', (request, { statusCode = 0 }) => {
      this.giveUp(this.#options.onStatus(statusCode));
      request.destroy();
    });
    ws.on('error', (error) => this.blame(describe(error)));
    ws.on('close', (code, text) => this.#ended(text.toString() || `the connection was closed with code ${code}`));
  }

  #take(data: WebSocket.RawData, isBinary: boolean): void {
    this.#silentPings = 0;
    if (!this.isOpen) return;
    if (isBinary || !Buffer.isBuffer(data)) this.#options.onBinary();
    else this.#options.onText(data.toString());
  }

  /** Counts pings instead of time, so that a process that was held up does not blame the network. */
  #ping(): void {
    if (this.#silentPings >= MAX_SILENT_PINGS) return this.giveUp('the coordinator has fallen silent');
    this.#silentPings += 1;
    if (this.isOpen) this.#ws.ping();
  }

  #ended(otherwise: string): void {
    clearInterval(this.#watch);
    clearTimeout(this.#closing);
    this.#options.onEnded(this.#reason ?? otherwise);
  }
}

/** Errors of several addresses at once have a code only. */
function describe({ message, code }: Error & { readonly code?: unknown }): string {
  if (isPlainHttp(message)) return 'plain HTTP is spoken there: give its address with http://';
  if (isUnknownAuthority(message)) return `${message}: name who has signed it with NODE_EXTRA_CA_CERTS=ca.pem`;
  return message || (typeof code === 'string' ? code : 'the connection failed');
}
