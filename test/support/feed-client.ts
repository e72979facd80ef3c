import { once } from 'node:events';
import { json } from 'node:stream/consumers';
import { type ClientOptions, WebSocket } from 'ws';

/** How long a test waits for a message before it fails. */
const PATIENCE_MS = 10_000;
const EVENT_TYPES: readonly string[] = ['job_update', 'marketplace_update', 'receipt_created'];

/** A message of `/ws`, as it came. */
export interface FeedNews {
  readonly type: string;
  readonly seq: number;
  // Tests look into messages of every shape and compare them field by field.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly data: any;
  readonly [field: string]: unknown;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

/** A reader of `/ws` that keeps what it hears. */
export class FeedClient implements Disposable {
  /** Events and answers, in the order in which they came. */
  readonly heard: FeedNews[] = [];
  /** The events alone. */
  readonly events: FeedNews[] = [];
  readonly socket: WebSocket;
  private readonly waiting = new Set<() => void>();
  private closeCode: number | undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => {
      // Only the coordinator under test writes here; a wrong shape fails the test's own expectations.
      const news = JSON.parse(Buffer.isBuffer(data) ? data.toString() : '') as FeedNews;
      this.heard.push(news);
      if (EVENT_TYPES.includes(news.type)) this.events.push(news);
      this.wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', (code) => {
      this.closeCode = code;
      this.wake();
    });
  }

  /** Opens a reader; `key` is sent as a header. */
  static async open(url: string, { key, path = '/ws', headers = {} }: OpenOptions = {}): Promise<FeedClient> {
    const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` };
    const socket = new WebSocket(url.replace('http', 'ws') + path, { headers: { ...authorization, ...headers } });
    const client = new FeedClient(socket);
    await once(socket, 'open');
    return client;
  }

  /** @returns the status with which the coordinator refuses such a reader */
  static async refusal(url: string, options: ClientOptions & { readonly path?: string }): Promise<number> {
    return (await FeedClient.answer(url, options)).status;
  }

  /** What answers a request for a socket, with its body unless there is a socket. */
  static async answer(url: string, options: ClientOptions & { readonly path?: string }): Promise<Answer> {
    const { path = '/ws', ...rest } = options;
    const socket = new WebSocket(url.replace('http', 'ws') + path, rest);
    const answer = new Promise<Answer>((resolve, reject) => {
      socket.once('unexpected-response', (_request, response) => {
        json(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
      });
      socket.once('open', () => resolve({ status: 101 }));
    });
    socket.on('error', () => undefined);
    return await answer.finally(() => socket.terminate());
  }

  say(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  /** Says something and gives what answers it. */
  async ask(message: {
    readonly id: string | number;
    readonly type: string;
    readonly [field: string]: unknown;
  }): Promise<FeedNews> {
    this.say(message);
    return await this.until('an answer', () => this.heard.find(({ id }) => id === message.id));
  }

  /** Waits for the event that fits. */
  async event(fits: (news: FeedNews) => boolean): Promise<FeedNews> {
    return await this.until('an event', () => this.events.find(fits));
  }

  /** The code that the socket was closed with. */
  async closed(): Promise<number> {
    return await this.until('the close', () => this.closeCode);
  }

  [Symbol.dispose](): void {
    this.socket.terminate();
  }

  private wake(): void {
    for (const look of this.waiting) look();
  }

  private async until<T>(what: string, find: () => T | undefined): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(look);
        const heard = JSON.stringify(this.heard.slice(-20));
        reject(new Error(`Waited in vain for ${what}; heard ${heard}, closed ${this.closeCode}`));
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

interface OpenOptions {
  readonly key?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
}
