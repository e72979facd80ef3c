import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Closes the responses that wait behind another one when their connection is closed. A client may send its next requests
 * before the first is answered; Node.js closes the response whose turn it is and forgets those behind it, so that nobody
 * would hear that their client left. Source: RFC 9112, section 9.3.2.
 */
export function closeQueuedResponses(server: Server): void {
  const queues = new WeakMap<Socket, Set<ServerResponse>>();

  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    if (response.socket) return;
    const queue = queues.get(socket) ?? openQueue(socket);
    queues.set(socket, queue);
    queue.add(response);
    response.once('close', () => queue.delete(response));
  });
}

function openQueue(socket: Socket): Set<ServerResponse> {
  const queue = new Set<ServerResponse>();
  socket.once('close', () => queue.forEach(closeUnlessItsTurn));
  return queue;
}

/** As Node.js closes the one that has the socket. */
function closeUnlessItsTurn(response: ServerResponse): void {
  if (response.socket || response.closed) return;
  response.destroy();
  response.emit('close');
}
