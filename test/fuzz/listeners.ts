/** Every listener that a program of ours opens in this process, with its routes: nobody has to name them. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { FastifyInstance } from 'fastify';

/** Fastify tells of each of its servers here. Source: Fastify's documentation, "Hooks", "Diagnostics Channel Hooks". */
const CHANNEL = 'fastify.initialization';

interface Route {
  readonly method: string;
  /** As Fastify writes it: `/jobs/:job_id`. */
  readonly path: string;
}

export interface Listener {
  /** Which of them it is, in the order in which they were made. */
  readonly name: string;
  /** `http://host:port` */
  readonly url: string;
  readonly routes: readonly Route[];
}

interface Server {
  readonly app: FastifyInstance;
  readonly routes: Route[];
}

/** Watches for servers that are made from now on. */
export class ListenerWatch implements Disposable {
  private readonly servers: Server[] = [];
  private readonly onServer = (message: unknown): void => {
    const { fastify: app } = message as { readonly fastify: FastifyInstance };
    const routes: Route[] = [];
    app.addHook('onRoute', ({ method, url: path }) => {
      for (const name of [method].flat()) if (name !== 'HEAD') routes.push({ method: name, path });
    });
    this.servers.push({ app, routes });
  };

  constructor() {
    subscribe(CHANNEL, this.onServer);
  }

  /** Those that listen now. */
  list(): readonly Listener[] {
    return this.servers.flatMap(({ app, routes }, at) => {
      const address = app.server.address();
      if (address === null || typeof address === 'string') return [];
      return [{ name: `listener ${at + 1}`, url: `http://${address.address}:${address.port}`, routes: [...routes] }];
    });
  }

  [Symbol.dispose](): void {
    unsubscribe(CHANNEL, this.onServer);
  }
}
