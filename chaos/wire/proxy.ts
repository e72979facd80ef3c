import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type Conditions, GOOD } from './conditions.ts';
import { Pipe } from './pipe.ts';

/** Sees one connection from the side of the target. */
export interface Tap {
  /** Bytes that the target has sent, whether they will arrive or not. */
  sent(chunk: Buffer): void;
  /** Bytes that the target gets. */
  received(chunk: Buffer): void;
  /** The target has lost or closed the connection; may be told twice. */
  closed(): void;
}

export interface ProxyOptions {
  /** Port on this machine to which connections go. */
  readonly targetPort: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly tap?: () => Tap;
}

interface Link {
  readonly client: Socket;
  readonly begin: () => void;
  target?: Socket;
  pipes: readonly Pipe[];
}

/** A way to a port whose conditions can be made worse; the kernel here cannot do it (no netem). */
export class Proxy {
  private readonly server: Server;
  private readonly options: ProxyOptions;
  private readonly links = new Set<Link>();
  private conditions: Conditions = GOOD;

  private constructor(server: Server, options: ProxyOptions) {
    this.server = server;
    this.options = options;
    server.on('connection', (client) => this.open(client));
  }

  static async listen(options: ProxyOptions): Promise<Proxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    const proxy = new Proxy(server, options);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get url(): string {
    // A server that listens on a port has such an address.
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** From now on the connections are like this, those that are open too. */
  become(conditions: Partial<Conditions>): void {
    this.conditions = { ...GOOD, ...conditions };
    for (const { pipes, begin } of this.links) {
      begin();
      for (const pipe of pipes) pipe.deliver();
    }
  }

  /** Breaks every open connection at both ends at once. */
  cut(): void {
    for (const { client, target } of this.links) {
      client.resetAndDestroy();
      target?.resetAndDestroy();
    }
  }

  async close(): Promise<void> {
    if (!this.server.listening) return;
    this.become(GOOD);
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  private open(client: Socket): void {
    const link: Link = { client, pipes: [], begin: () => this.begin(link) };
    this.links.add(link);
    client.on('error', () => undefined);
    client.on('close', () => this.forget(link));
    this.begin(link);
  }

  /** Goes on to the target, which a still network does not let through. */
  private begin(link: Link): void {
    const { client } = link;
    if (link.target || client.destroyed || this.conditions.isStill) return;
    const target = connect({ port: this.options.targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const tap = this.options.tap?.();
    link.target = target;
    target.on('error', () => undefined);
    // Whoever has said his last word has closed, though a still network keeps the other end from knowing.
    target.on('end', () => tap?.closed());
    target.on('close', () => {
      tap?.closed();
      this.forget(link);
    });
    const common = { conditions: () => this.conditions, random: this.options.random };
    link.pipes = [
      new Pipe({ ...common, from: client, to: target, onWritten: (chunk) => tap?.received(chunk) }),
      new Pipe({ ...common, from: target, to: client, onRead: (chunk) => tap?.sent(chunk) }),
    ];
  }

  /** A link is over when both ends are. */
  private forget(link: Link): void {
    const { client, target, pipes } = link;
    if (!client.destroyed || (target && !target.destroyed)) return;
    for (const pipe of pipes) pipe.stop();
    this.links.delete(link);
  }
}
