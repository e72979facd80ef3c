import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A message as it came over the wire. */
export interface WireMessage {
  readonly msg_id: string;
  readonly msg_type: string;
  readonly payload: Record<string, unknown>;
  readonly sender_id: string;
  readonly timestamp: string;
}

/** How long a test waits for a message before it fails. */
const PATIENCE_MS = 8000;

/**
 * A node made of nothing but a WebSocket, for tests: it says what it is told to say, as a node of the original
 * system or a hostile one would, and keeps what it hears.
 */
export class RawNode {
  readonly heard: WireMessage[] = [];
  private readonly socket: WebSocket;
  private readonly waiting = new Set<() => void>();
  private closeCode: number | undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => {
      // Only the coordinator under test writes here; a wrong shape fails the test's own expectations.
      this.heard.push(JSON.parse(Buffer.isBuffer(data) ? data.toString() : '') as WireMessage);
      this.wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', (code) => {
      this.closeCode = code;
      this.wake();
    });
  }

  static async connect(
    coordinatorUrl: string,
    options: { token?: string; headers?: Record<string, string> } = {},
  ): Promise<RawNode> {
    const query = options.token === undefined ? '' : `?token=${options.token}`;
    const url = `${coordinatorUrl.replace('http', 'ws')}/ws/node${query}`;
    const socket = new WebSocket(url, { headers: options.headers ?? {} });
    const node = new RawNode(socket);
    await once(socket, 'open');
    return node;
  }

  /** One that has registered, as a node of the original system does. */
  static async join(
    coordinatorUrl: string,
    { nodeId, capability, ...options }: { nodeId: string; capability: string; token?: string },
  ): Promise<RawNode> {
    const node = await RawNode.connect(coordinatorUrl, options);
    node.send('NODE_REGISTER', { node_id: nodeId, capabilities: [capability] });
    await node.next('CREDIT_UPDATE');
    return node;
  }

  send(msg_type: string, payload: object): void {
    this.sendText(JSON.stringify({ msg_id: 'm', msg_type, payload, sender_id: '', timestamp: '2025-01-15T10:30:00' }));
  }

  sendText(text: string): void {
    this.socket.send(text);
  }

  /** One message in several frames. */
  sendPieces(text: string, count: number): void {
    const size = Math.ceil(text.length / count);
    for (let at = 0; at < count; at++) {
      this.socket.send(text.slice(at * size, (at + 1) * size), { fin: at === count - 1 });
    }
  }

  sendBinary(data: Buffer): void {
    this.socket.send(data, { binary: true });
  }

  /** The next message of a type that has not been taken yet, in either letter case. */
  async next(type: string): Promise<WireMessage> {
    return await this.until(`a message ${type}`, () => {
      const position = this.heard.findIndex((message) => message.msg_type.toUpperCase() === type);
      return position === -1 ? undefined : this.heard.splice(position, 1)[0];
    });
  }

  /** Hands on every message of a type, as it comes. */
  each(type: string, handle: (message: WireMessage) => void): void {
    this.waiting.add(() => {
      const fits = ({ msg_type }: WireMessage) => msg_type.toUpperCase() === type;
      for (const message of this.heard.filter(fits)) handle(message);
      this.heard.splice(0, this.heard.length, ...this.heard.filter((message) => !fits(message)));
    });
    this.wake();
  }

  /** The code that the socket was closed with. */
  async closed(): Promise<number> {
    return await this.until('the close', () => this.closeCode);
  }

  /** Takes nothing in any more, not even the close of the other side. */
  stopReading(): void {
    this.socket.pause();
  }

  /** Cuts the connection without a word. */
  terminate(): void {
    this.socket.terminate();
  }

  private wake(): void {
    for (const look of this.waiting) look();
  }

  private async until<T>(what: string, find: () => T | undefined): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(look);
        reject(new Error(`Waited in vain for ${what}; heard ${JSON.stringify(this.heard)}, closed ${this.closeCode}`));
      }, PATIENCE_MS);
      const look = () => {
        const found = find();
        if (found === undefined) return;
        clearTimeout(timer);
        this.waiting.delete(look);
        resolve(found);
      };
      this.waiting.add(look);
      look();
    });
  }
}
