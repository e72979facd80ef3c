/** A WebSocket to a coordinator that sends whatever it is told to, in any form that frames may have. */
import { connect, type Socket } from 'node:net';
import type { TaskAssign } from '@plexus/protocol';
import type { WireMessage } from '@plexus/testkit';
import { WebSocket } from 'ws';
import type { Challenge } from './node-identity.ts';

/** A coordinator that says nothing for so long has forgotten the socket. */
const DEADLINE_MS = 5000;

export class HostileSocket {
  /** Tasks that this socket was given and that were not taken from it. */
  readonly tasks = new Map<string, TaskAssign>();
  challenge: Challenge | undefined;
  /** As whom the coordinator has taken it. */
  nodeId: string | undefined;
  isClosed = false;
  heard = 0;
  /** What the coordinator said when something went wrong in it. */
  broken: string | undefined;
  private readonly webSocket: WebSocket;
  private readonly stream: Socket;
  private readonly waiting = new Set<() => void>();
  private pings = 0;
  private lastPong = '';

  private constructor(webSocket: WebSocket, stream: Socket) {
    this.webSocket = webSocket;
    this.stream = stream;
    webSocket.on('message', (data) => this.hear(Buffer.isBuffer(data) ? data.toString() : ''));
    webSocket.on('pong', (data) => {
      this.lastPong = data.toString();
      this.wake();
    });
    webSocket.on('error', () => undefined);
    webSocket.on('close', () => {
      this.isClosed = true;
      this.tasks.clear();
      this.wake();
    });
  }

  /** @returns nothing when the coordinator does not take the socket */
  static async open(coordinatorUrl: string, token: string | undefined): Promise<HostileSocket | undefined> {
    const { hostname, port, host } = new URL(coordinatorUrl);
    const stream = connect({ host: hostname, port: Number(port) });
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const webSocket = new WebSocket(`ws://${host}/ws/node`, { headers, createConnection: () => stream });
    const socket = new HostileSocket(webSocket, stream);
    await new Promise((resolve) => webSocket.once('open', resolve).once('close', resolve));
    return socket.isClosed ? undefined : socket;
  }

  text(text: string): void {
    if (this.isOpen) this.webSocket.send(text);
  }

  /** One message in several frames. */
  fragments(text: string, count: number): void {
    const size = Math.ceil(text.length / count);
    for (let at = 0; at < count && this.isOpen; at++) {
      this.webSocket.send(text.slice(at * size, (at + 1) * size), { fin: at === count - 1 });
    }
  }

  binary(data: Uint8Array): void {
    if (this.isOpen) this.webSocket.send(data, { binary: true });
  }

  ping(data: Uint8Array): void {
    if (this.isOpen) this.webSocket.ping(data);
  }

  /** Bytes that are no frame, or no frame of a client. */
  bytes(data: Uint8Array): void {
    if (!this.stream.destroyed) this.stream.write(data);
  }

  leave(how: 'close' | 'terminate' | 'half'): void {
    if (how === 'half') this.stream.end();
    else if (how === 'close') this.webSocket.close();
    else this.webSocket.terminate();
  }

  /** Waits until everything that was sent has been looked at: a ping is answered after it, or the socket closed. */
  async settle(): Promise<void> {
    if (!this.isOpen) return;
    const mark = `settled-${++this.pings}`;
    this.webSocket.ping(mark);
    await this.until('the answer to a ping', () => this.lastPong === mark);
  }

  /** Something must be said to what nobody understands, or the socket be closed. */
  async answered(): Promise<void> {
    const before = this.heard;
    this.text('{"msg_type":"IS_ANYBODY_THERE"}');
    await this.until('an answer or the end of the socket', () => this.heard > before);
  }

  private get isOpen(): boolean {
    return this.webSocket.readyState === WebSocket.OPEN;
  }

  private hear(text: string): void {
    this.heard += 1;
    const { msg_type: name, payload } = JSON.parse(text) as WireMessage;
    switch (name.toUpperCase()) {
      case 'CHALLENGE':
        this.challenge = payload as unknown as Challenge;
        break;
      case 'CREDIT_UPDATE':
        this.nodeId = String(payload['node_id']);
        break;
      case 'TASK_ASSIGN':
        this.tasks.set(String(payload['task_id']), payload as TaskAssign);
        break;
      case 'ERROR':
        if (payload['code'] === 'INTERNAL_ERROR') this.broken = text;
        break;
      case 'TASK_CANCEL':
        this.tasks.delete(String(payload['task_id']));
        break;
    }
    this.wake();
  }

  private wake(): void {
    for (const look of this.waiting) look();
  }

  /** The end of the socket is the end of every wait. */
  private async until(what: string, isSo: () => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const end = (how: () => void): void => {
        clearTimeout(timer);
        this.waiting.delete(look);
        how();
      };
      const timer = setTimeout(() => end(() => reject(new Error(`Waited in vain for ${what}`))), DEADLINE_MS);
      const look = (): void => {
        if (this.isClosed || isSo()) end(resolve);
      };
      this.waiting.add(look);
      look();
    });
  }
}
