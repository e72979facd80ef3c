import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';

/** Why no socket is opened, by status. */
const WORDS = {
  400: { reason: 'Bad Request', detail: 'since must be the number of an event' },
  401: { reason: 'Unauthorized', detail: 'Invalid API key', header: 'www-authenticate: Bearer' },
  403: { reason: 'Forbidden', detail: 'Sockets from this Host or Origin are not taken' },
  404: { reason: 'Not Found', detail: 'There is no WebSocket here' },
  500: { reason: 'Internal Server Error', detail: 'Internal server error' },
  503: { reason: 'Service Unavailable', detail: 'There are too many sockets', header: 'retry-after: 5' },
} as const satisfies Record<number, { reason: string; detail: string; header?: string }>;

export type UpgradeRefusal = keyof typeof WORDS;

/** A refusal, before an API has put it into its words. */
export interface RefusedUpgrade {
  readonly status: UpgradeRefusal;
  readonly detail: string;
  readonly requestId: string;
}

/** An API's words. */
export type UpgradeBody = (refused: RefusedUpgrade) => object;

/** The words of GemmaNet and Cocoon. */
const bareBody: UpgradeBody = ({ detail }) => ({ detail });

/**
 * Answers a request for a WebSocket that is not opened, and closes: from here on no timeout of the HTTP server ends the
 * connection.
 *
 * @param toBody the body in the words of the API that the socket belongs to
 * @returns the id of the request
 */
export function refuseUpgrade(stream: Duplex, status: UpgradeRefusal, toBody = bareBody): string {
  const { reason, detail, ...more } = WORDS[status];
  const requestId = randomUUID();
  const body = JSON.stringify(toBody({ status, detail, requestId }));
  const head = [
    `HTTP/1.1 ${status} ${reason}`,
    'connection: close',
    'content-type: application/json; charset=utf-8',
    `content-length: ${body.length}`,
    `x-request-id: ${requestId}`,
    ...('header' in more ? [more.header] : []),
  ];
  stream.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => stream.destroy());
  return requestId;
}
