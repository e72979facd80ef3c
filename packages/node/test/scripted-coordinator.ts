import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { proofMessage } from '@plexus/protocol';
import { type WebSocket, WebSocketServer } from 'ws';

export interface Message {
  readonly msg_id: string;
  readonly msg_type: string;
  readonly sender_id: string;
  readonly timestamp: string;
  // The tests look into payloads of every kind.
  readonly payload: Record<string, never>;
}

/** A list that can be waited for. */
export class Inbox<T> {
  readonly #items: T[] = [];
  readonly #waiting: ((item: T) => void)[] = [];

  put(item: T): void {
    const taker = this.#waiting.shift();
    if (taker) taker(item);
    else this.#items.push(item);
  }

  async next(): Promise<T> {
    const [item] = this.#items.splice(0, 1);
    return item ?? new Promise<T>((resolve) => this.#waiting.push(resolve));
  }

  async many(count: number): Promise<T[]> {
    const taken: T[] = [];
    while (taken.length < count) taken.push(await this.next());
    return taken;
  }

  get waiting(): readonly T[] {
    return this.#items;
  }
}

/** The coordinator's end of one connection of a node. */
export class Peer {
  readonly webSocket: WebSocket;
  readonly request: IncomingMessage;
  readonly closed: Promise<unknown>;
  readonly #key: string;
  readonly #inboxes = new Map<string, Inbox<Message>>();

  constructor(webSocket: WebSocket, request: IncomingMessage, key: string) {
    this.webSocket = webSocket;
    this.request = request;
    this.#key = key;
    this.closed = once(webSocket, 'close');
    webSocket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as Message;
      this.inbox(message.msg_type).put(message);
    });
  }

  inbox(type: string): Inbox<Message> {
    const inbox = this.#inboxes.get(type) ?? new Inbox<Message>();
    this.#inboxes.set(type, inbox);
    return inbox;
  }

  async next(type: string): Promise<Record<string, never>> {
    return (await this.inbox(type).next()).payload;
  }

  send(type: string, payload: object): void {
    this.webSocket.send(JSON.stringify({ msg_type: type, payload }));
  }

  challenge(): string {
    const nonce = randomBytes(32).toString('base64');
    this.send('CHALLENGE', { nonce, coordinator_key: this.#key });
    return nonce;
  }

  credit(): void {
    this.send('CREDIT_UPDATE', { node_id: 'node', balance: 1000, change: 0, reason: 'connected' });
  }

  /** Takes the node in as a coordinator does; says what it registered and whether its proof is good. */
  async welcome(): Promise<{ register: Record<string, never>; isProven: boolean }> {
    const register = await this.next('NODE_REGISTER');
    const nonce = this.challenge();
    const proof = await this.next('PROOF');
    this.credit();
    const { public_key: key } = register['protocol'] as unknown as { public_key: string };
    const host = this.request.headers.host ?? '';
    const message = proofMessage({ nonce, coordinatorKey: this.#key, host, nodeId: String(register['node_id']) });
    const x = Buffer.from(key, 'base64').toString('base64url');
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    const signature = Buffer.from(String(proof['signature']), 'base64');
    return { register, isProven: verify(null, Buffer.from(message), publicKey, signature) };
  }
}

/** One request of its HTTP API, which a test answers. */
interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export interface ScriptedCoordinator {
  readonly url: string;
  /** Requests of its HTTP API as they come. */
  readonly calls: Inbox<Call>;
  /** Connections as they come. */
  readonly peers: Inbox<Peer>;
  /** The public key it shows; a test may change it. */
  key: string;
  /** Refuses handshakes with this status while it is set. */
  status: number | undefined;
  close(): Promise<void>;
}

export async function startCoordinator(port = 0): Promise<ScriptedCoordinator> {
  const server = createServer();
  const acceptor = new WebSocketServer({ noServer: true });
  const peers = new Inbox<Peer>();
  const calls = new Inbox<Call>();
  server.on('request', (request, response) => calls.put({ request, response }));
  server.on('upgrade', (request, socket, head) => {
    if (coordinator.status !== undefined) {
      // Who is refused may hang up before it has read why.
      socket.on('error', () => socket.destroy());
      socket.end(`HTTP/1.1 ${coordinator.status} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      return;
    }
    acceptor.handleUpgrade(request, socket, head, (ws) => peers.put(new Peer(ws, request, coordinator.key)));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const coordinator: ScriptedCoordinator = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    peers,
    calls,
    key: randomBytes(32).toString('base64'),
    status: undefined,
    async close() {
      for (const ws of acceptor.clients) ws.terminate();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return coordinator;
}
