import { IncomingMessage } from 'node:http';

/**
 * A request that only leaves HTTP/1.1 for a WebSocket. Clients that could speak HTTP/2 ask on a plain connection for
 * `h2c` with every request, and Node.js would take each of them away from its route: a server may pass the wish over.
 * Source: RFC 9110, section 7.8.
 */
export class UpgradableRequest extends IncomingMessage {
  private wantsUpgrade = false;

  /** Node.js sets it when the request has the header, and looks at it to know whether to emit `upgrade`. */
  get upgrade(): boolean {
    return this.wantsUpgrade && this.headers.upgrade?.toLowerCase() === 'websocket';
  }

  set upgrade(wantsUpgrade: boolean | null) {
    this.wantsUpgrade = wantsUpgrade === true;
  }
}
