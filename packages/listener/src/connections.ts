import type { Server } from 'node:http';
import type { FastifyHttpOptions } from 'fastify';
import { answerClientError, MAX_HEAD_BYTES } from './client-error.ts';
import { closeQueuedResponses } from './queued-responses.ts';
import { UpgradableRequest } from './upgradable-request.ts';

/** What Fastify must be made with. */
export const connectionOptions: Pick<FastifyHttpOptions<Server>, 'clientErrorHandler' | 'http'> = {
  clientErrorHandler: answerClientError,
  // Without a Host the host guard refuses, in words.
  http: { IncomingMessage: UpgradableRequest, requireHostHeader: false, maxHeaderSize: MAX_HEAD_BYTES },
};

/** What is done to the server that Fastify has made. Call it once, before anything of the listener looks at a request. */
export function tendConnections(server: Server): void {
  closeQueuedResponses(server);
  // Node.js would leave those behind the 2,000th away without a word; how much they are together has a bound.
  server.maxHeadersCount = 0;
  // What a client expects beyond 100-continue is passed over: Node.js would refuse it without a word.
  server.on('checkExpectation', (request, response) => void server.emit('request', request, response));
}
