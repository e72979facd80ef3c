import { closeInStages } from '@plexus/listener';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { Refusal } from './dialect.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the body of a request is a file. */
    takesFile?: boolean;
  }
}

/** Whether what comes to a route is a file, which its handler reads as it comes. */
export function takesFile(config: { readonly takesFile?: boolean }): boolean {
  return config.takesFile === true;
}

/** Adds a route whose body is a file of any media type, which nothing reads before its handler does. */
export function acceptFiles(app: FastifyInstance, route: RouteOptions): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    // What is left of a body that was refused is not looked at.
    scope.addHook('onSend', async ({ raw }, reply) => {
      // It came whole, read or not: the next request of the connection comes behind it.
      if (raw.complete) return void raw.resume();
      reply.header('connection', 'close');
      closeInStages(raw);
    });
    scope.route({ ...route, config: { takesFile: true } });
  });
}

/**
 * The body of such a request. Whoever stops before its end leaves the connection open for the answer.
 *
 * @yields pieces as they come
 */
export async function* fileOf({ raw }: FastifyRequest): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of raw.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
  } catch (error) {
    if (!raw.destroyed || raw.complete) throw error;
    // Nobody is there to read this.
    throw new Refusal('The upload broke off', { status: 400, body: {} });
  }
}
