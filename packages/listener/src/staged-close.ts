import type { IncomingMessage } from 'node:http';

/** Time a client has to take the answer and to stop sending. */
const LINGER_MS = 5000;

/**
 * Closes the connection of a request that is refused while its body still comes, in two stages: with the answer for what
 * the client reads, and when the body has come, or after 5 s, for what it sends, which is thrown away. Closed at once, it
 * would be reset, and the client could lose the answer that says why. Source: RFC 9112, section 9.6.
 */
export function closeInStages(request: IncomingMessage): void {
  const { socket } = request;
  // A request that was made without a connection has none.
  const closeWhenWritten = socket.destroySoon?.bind(socket);
  if (request.complete || !closeWhenWritten) return;
  // Node.js calls it when the answer has been handed to the socket.
  socket.destroySoon = () => {
    if (request.readableEnded) return closeWhenWritten();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
    request.once('end', closeWhenWritten);
    // Whoever read it has had enough.
    request.unpipe();
    request.resume();
    socket.end();
  };
}
