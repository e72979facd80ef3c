import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A callback as it came. */
export interface Callback {
  readonly id: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A client's receiver of callbacks on 127.0.0.1: answers as it is told, and keeps what it heard. */
export class WebhookReceiver implements AsyncDisposable {
  readonly heard: Callback[] = [];
  /** What the next callbacks are answered with. */
  status = 200;
  private readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
    server.on('request', async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      // Node joins what is sent twice; callbacks have every header once.
      const headers = request.headers as Record<string, string>;
      this.heard.push({ id: headers['webhook-id'] ?? '', headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(this.status).end();
    });
  }

  static async start(): Promise<WebhookReceiver> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new WebhookReceiver(server);
  }

  get url(): string {
    // A server on a port has an address of that kind.
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
