/** A real network: a coordinator and three nodes, each a process, each behind a proxy of its own. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Books, openBooks } from './books/books.ts';
import type { Engine } from './engine.ts';
import { must } from './http.ts';
import { LeaseWatch } from './lease-watch.ts';
import { type Part, ProgramPart } from './part.ts';
import type { Random } from './random.ts';
import { mustBecome } from './wait.ts';
import { Proxy } from './wire/proxy.ts';

const NODE_NAMES = ['node-a', 'node-b', 'node-c'];
/** Few, so that a node that joins gets its share of the work. */
const ECHO_CONCURRENCY = '6';
const START_MS = 60_000;
/** An operator's share, so that fees are in the books too. */
const FEE_BASIS_POINTS = '250';

/** A database server of its own, which can be killed as well. */
export interface Database extends Part {
  /** As `plexus coordinator --database` takes it. */
  readonly url: string;
}

export interface NodePart extends ProgramPart {
  readonly way: Proxy;
}

export interface NetworkOptions {
  /** An empty folder for everything. */
  readonly home: string;
  readonly engine: Engine;
  readonly random: Random;
  readonly database: Database | undefined;
}

export class Network {
  readonly home: string;
  readonly coordinator: ProgramPart;
  readonly database: Database | undefined;
  readonly leases = new LeaseWatch();
  readonly nodes: NodePart[] = [];
  /** Parts that ended though nobody ended them. */
  readonly lost: string[] = [];
  operatorKey = '';
  private port = 0;
  private clientWay: Proxy | undefined;
  private readonly options: NetworkOptions;

  private constructor(options: NetworkOptions) {
    this.options = options;
    this.home = options.home;
    this.database = options.database;
    mkdirSync(this.logs, { recursive: true });
    this.coordinator = this.part('coordinator');
  }

  static async start(options: NetworkOptions): Promise<Network> {
    const network = new Network(options);
    try {
      await network.startCoordinator();
      await Promise.all(NODE_NAMES.map((name) => network.startNode(name)));
      await network.mustBeWhole(START_MS);
      return network;
    } catch (error) {
      await network.stop();
      throw error;
    }
  }

  get logs(): string {
    return join(this.home, 'logs');
  }

  /** Where checks ask: nothing stands in this way. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The way that clients take. */
  get clients(): Proxy {
    if (!this.clientWay) throw new Error('The network has not been started');
    return this.clientWay;
  }

  get books(): Books {
    const { database } = this;
    if (database) return openBooks(database.url, 'PostgreSQL');
    const library = process.getBuiltinModule('node:sqlite') ? 'node:sqlite' : 'libsql';
    return openBooks(join(this.home, 'coordinator', 'plexus.db'), `SQLite by ${library}`);
  }

  /** A way for one more node, on which its leases are seen. */
  async way(nodeName: string): Promise<Proxy> {
    const random = this.options.random.fork(nodeName);
    return await Proxy.listen({
      targetPort: this.port,
      random: () => random.next(),
      tap: () => this.leases.tap(nodeName),
    });
  }

  /** Waits until every node is connected and offers all that it has. @throws {Error} with what is known of those that do not */
  async mustBeWhole(limitMs: number): Promise<void> {
    try {
      await mustBecome('every node is there with what it offers', () => this.isWhole(), limitMs);
    } catch (error) {
      throw new Error([String(error), ...(await this.account())].join('\n'), { cause: error });
    }
  }

  private async isWhole(): Promise<boolean> {
    const online = await this.namesOnline('?capability=llm');
    return NODE_NAMES.every((name) => online.includes(name));
  }

  private async namesOnline(query: string): Promise<readonly string[]> {
    const nodes: readonly { name: string }[] = await must(`${this.url}/api/v1/nodes${query}`);
    return nodes.map(({ name }) => name);
  }

  /** What an engineer would look at first: who is online, who ended, and the last words of everybody. */
  private async account(): Promise<readonly string[]> {
    const told = (query: string) => this.namesOnline(query).then(String, String);
    const online = `online: ${await told('')}; with llm: ${await told('?capability=llm')}`;
    const words = [this.coordinator, ...this.nodes].map((part) => `${part.name}: ${part.lastWords()}`);
    return [online, ...this.lost, ...words];
  }

  /** Stops everything; says what did not end well. */
  async stop(): Promise<readonly string[]> {
    const ends = await Promise.all(this.nodes.map((node) => node.stop()));
    const end = await this.coordinator.stop();
    const ways = [...this.nodes.map(({ way }) => way), ...(this.clientWay ? [this.clientWay] : [])];
    await Promise.all(ways.map((way) => way.close()));
    return [...ends, end].filter((problem) => problem !== undefined);
  }

  private async startCoordinator(): Promise<void> {
    const home = join(this.home, 'coordinator');
    const { database } = this;
    // Whoever comes through a proxy names the proxy's port.
    const access = ['--rate-limits', 'off', '--allowed-host', '127.0.0.1'];
    const flags = [...access, '--fee-basis-points', FEE_BASIS_POINTS, '--log-level', 'warn', '--json'];
    const books = database ? ['--database', database.url] : [];
    const args = ['coordinator', '--home', home, ...flags, ...books];
    const { coordinator = '' } = await this.coordinator.start([...args, '--port', '0']);
    this.port = Number(new URL(coordinator).port);
    // It comes back under the port that it was given first.
    this.coordinator.startAgainWith([...args, '--port', String(this.port)]);
    this.operatorKey = readFileSync(join(home, 'operator.key'), 'utf8').trim();
    const random = this.options.random.fork('clients');
    this.clientWay = await Proxy.listen({ targetPort: this.port, random: () => random.next() });
  }

  private async startNode(name: string): Promise<void> {
    const way = await this.way(name);
    const node = Object.assign(this.part(name), { way });
    this.nodes.push(node);
    const { url } = way;
    const place = ['--coordinator', url, '--token', this.operatorKey, '--home', join(this.home, name), '--name', name];
    const work = ['--services', 'echo,llm', '--echo-concurrency', ECHO_CONCURRENCY, ...this.options.engine.nodeFlags];
    await node.start(['node', ...place, ...work, '--port', '0', '--json', '--log-level', 'warn']);
  }

  private part(name: string): ProgramPart {
    return new ProgramPart({
      name,
      folder: this.logs,
      onLost: (how) => this.lost.push(`${name} ended by itself: ${how}`),
    });
  }
}
