/** Where a coordinator is, as each of its uses needs it. */
export interface CoordinatorAddress {
  /** Base of its HTTP API, without a slash at the end; also its name in the trust store. */
  readonly httpUrl: string;
  readonly socketUrl: string;
  /** What the Host header shows: the port only where it is not the scheme's own. */
  readonly host: string;
}

const SCHEMES: Readonly<Record<string, readonly [http: string, socket: string]>> = {
  'http:': ['http:', 'ws:'],
  'ws:': ['http:', 'ws:'],
  'https:': ['https:', 'wss:'],
  'wss:': ['https:', 'wss:'],
};

/** @throws {Error} when it is not a URL that a coordinator can have */
export function coordinatorAddress(text: string): CoordinatorAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const schemes = url && SCHEMES[url.protocol];
  if (!url || !schemes) throw new Error(`"${text}" is not a coordinator's address; write it as http://HOST:PORT`);
  const rest = `//${url.host}${url.pathname.replace(/\/+$/, '')}`;
  const [http, socket] = schemes;
  return { httpUrl: http + rest, socketUrl: `${socket}${rest}/ws/node`, host: url.host };
}
