const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** A Host without its port. */
export function hostName(host: string): string {
  return host.replace(/:\d*$/, '');
}

/** The host and port of an Origin such as `https://example.com`; undefined for `null` and what is no web page. */
export function pageHost(origin: string): string | undefined {
  const match = /^(https?:)\/\/([^/]+)$/.exec(origin.toLowerCase());
  if (!match) return undefined;
  const [, scheme = '', host = ''] = match;
  return hostName(host) === host ? `${host}:${DEFAULT_PORTS[scheme] ?? ''}` : host;
}

/** Whether a page came from where its request goes, so that its scripts may call it. */
export function isOwnPage(origin: string, host: string): boolean {
  const page = pageHost(origin);
  return page !== undefined && isSameHost(page, host.toLowerCase());
}

/** A proxy in front may speak https while the Host header names no port. */
function isSameHost(page: string, host: string): boolean {
  return page === host || (hostName(host) === host && hostName(page) === host && /:(80|443)$/.test(page));
}
