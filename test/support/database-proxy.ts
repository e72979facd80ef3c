/** Stands between the books and their database, and breaks connections at the worst moments. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What happens to the next commit that a client sends. */
export type Fault =
  /** The server never hears of it. */
  | 'lose the commit'
  /** It is on disk, and the client never hears so. */
  | 'lose the answer'
  /** The connection breaks for the client; the server gets it only afterwards. */
  | 'deliver it late';

/** What ends a transaction, by the names of its statements as they stand in the messages that run them. */
const COMMITS = ['\0commit\0', '\0together '].map((name) => Buffer.from(name));
const LATE_MS = 300;
/** What a client says before it goes. Source: PostgreSQL, "Message Formats". */
const TERMINATE = Buffer.from('X\0\0\0\x04');

export class DatabaseProxy {
  /** The database's address through the proxy. */
  readonly url: string;
  private fault: Fault | undefined;
  private isOpen = true;
  private isPooler = false;
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private readonly close: () => Promise<void>;

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url;
    this.close = close;
  }

  static async before(url: string): Promise<DatabaseProxy> {
    const { hostname, port } = new URL(url);
    const server = createServer((client) => proxy.pair(client, connect(Number(port), hostname)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const through = new URL(url);
    through.port = String((server.address() as AddressInfo).port);
    const proxy = new DatabaseProxy(through.href, async () => void (await once(server.close(), 'close')));
    return proxy;
  }

  /** Arms one fault for the next commit. */
  arm(fault: Fault): void {
    this.fault = fault;
  }

  /** Whether the armed fault has not happened yet. */
  get isArmed(): boolean {
    return this.fault !== undefined;
  }

  /** Breaks every connection and lets none through until `open`. */
  shut(): void {
    this.isOpen = false;
    for (const pair of this.pairs) for (const socket of pair) socket.destroy();
  }

  open(): void {
    this.isOpen = true;
  }

  /** Keeps connections to the database whose clients have gone, as a pooler does. */
  keepConnections(): void {
    this.isPooler = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.shut();
    for (const server of this.late) server.destroy();
    await this.close();
  }

  private pair(client: Socket, server: Socket): void {
    const pair = [client, server] as const;
    this.pairs.add(pair);
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.pairs.delete(pair);
        if (socket === server) client.destroy();
        else if (!server.writableEnded && !this.late.has(server)) server.destroy();
      });
    }
    if (!this.isOpen) return void client.destroy();
    if (this.isPooler) this.late.add(server);
    client.on('data', (bytes) => this.forward(bytes, client, server));
    server.on('data', (bytes) => client.writable && client.write(bytes));
  }

  private readonly late = new Set<Socket>();

  private forward(bytes: Buffer, client: Socket, server: Socket): void {
    if (this.isPooler && bytes.equals(TERMINATE)) return;
    const { fault } = this;
    if (!fault || !COMMITS.some((name) => bytes.includes(name))) return void server.write(bytes);
    this.fault = undefined;
    switch (fault) {
      case 'lose the commit':
        client.destroy();
        return;
      case 'lose the answer':
        this.late.add(server);
        client.destroy();
        server.write(bytes);
        setTimeout(() => server.destroy(), LATE_MS);
        return;
      case 'deliver it late':
        this.late.add(server);
        client.destroy();
        setTimeout(() => {
          if (server.writable) server.write(bytes);
          setTimeout(() => server.destroy(), LATE_MS);
        }, LATE_MS);
    }
  }
}
