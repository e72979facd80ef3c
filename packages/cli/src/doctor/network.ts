/** What can be said of a network from outside. */
import { isPlainHttp, isUnknownAuthority, rootMessage } from '@plexus/protocol';
import { ApiError, type Plexus } from '@plexus/sdk';
import { isForeignHost } from '../name-trouble.ts';
import { isLoopback, type Settings } from '../settings.ts';
import { bad, type Examination, good, warning } from './check.ts';

const TIMEOUT_MS = 5000;
/** The Date header has whole seconds. */
const SMALL_SKEW_MS = 2000;
const LARGE_SKEW_MS = 60_000;

interface NetworkDeps {
  readonly settings: Settings;
  readonly fetch: typeof fetch;
  readonly plexus: Plexus;
  /** False when nobody has named a network and none has been started. */
  readonly isExpected: boolean;
}

export function reach({ settings, fetch, plexus, isExpected }: NetworkDeps): Examination {
  return {
    name: 'coordinator',
    async run() {
      const { url } = settings;
      const alive = await get(fetch, `${url}/healthz`);
      if (alive instanceof Error) {
        if (!isExpected) return warning(`no network runs at ${url}`, 'plexus up');
        const why = rootMessage(alive);
        return bad(`${url} cannot be reached: ${why}`, mendLoss(url, why));
      }
      if (!alive.ok) return bad(`${url}/healthz answers HTTP ${alive.status}`, mendStatus(url, alive.status));
      const ready = await get(fetch, `${url}/readyz`);
      if (ready instanceof Error || !ready.ok) return warning(`${url} runs, but is not ready`, `curl -s ${url}/readyz`);
      const info = await plexus.network.getInfo({}, { timeoutMs: TIMEOUT_MS, maxRetries: 0 });
      if (typeof info.public_key !== 'string') {
        return bad(`${url} answers otherwise than a coordinator does`, 'plexus doctor --url URL');
      }
      return good(
        `${info.name} ${info.version} at ${url}, nodes online: ${info.online_nodes}, public key ${info.public_key}`,
      );
    },
  };
}

function mendLoss(url: string, why: string): string {
  if (isUnknownAuthority(why)) return 'NODE_EXTRA_CA_CERTS=ca.pem plexus doctor';
  if (isPlainHttp(why)) return `plexus doctor --url ${url.replace('https', 'http')}`;
  return isLoopback(url) ? 'plexus up' : 'plexus doctor --url URL';
}

/** A path that clients of OpenAI's API want, a stranger's port here, a name that it is not told of, or a stranger. */
function mendStatus(url: string, status: number): string {
  const { origin, pathname } = new URL(url);
  if (status === 404 && pathname !== '/') return `plexus doctor --url ${origin}`;
  if (isLoopback(url)) return 'plexus up --coordinator-port 0';
  return status === 403 ? 'plexus coordinator --allowed-host NAME' : 'plexus doctor --url URL';
}

export function clock({ settings, fetch }: NetworkDeps): Examination {
  return {
    name: 'clock',
    async run() {
      const response = await get(fetch, `${settings.url}/healthz`);
      const theirs = response instanceof Error ? Number.NaN : Date.parse(response.headers.get('date') ?? '');
      if (Number.isNaN(theirs)) return warning('not compared, because the coordinator was not reached');
      const skewMs = Math.abs(Date.now() - theirs);
      const text = `${(skewMs / 1000).toFixed(1)} s from the coordinator's`;
      if (skewMs > LARGE_SKEW_MS) return bad(text, 'timedatectl set-ntp true');
      return skewMs > SMALL_SKEW_MS ? warning(text, 'timedatectl set-ntp true') : good(`agrees within ${text}`);
    },
  };
}

export function apiKey({ settings, plexus }: NetworkDeps): Examination {
  return {
    name: 'key',
    async run() {
      if (settings.key === undefined) {
        return warning('there is none: not in --key, PLEXUS_API_KEY or the home', `plexus doctor --home DIR`);
      }
      try {
        const { available, name } = await plexus.network.getWallet({}, { timeoutMs: TIMEOUT_MS, maxRetries: 0 });
        if (typeof available !== 'string') return warning('not tried, because no coordinator answers');
        return good(`valid, ${name || 'its account'} has ${available} credits`);
      } catch (error) {
        if (!(error instanceof ApiError)) return warning('not tried, because the coordinator was not reached');
        // What is wrong there says nothing of the key.
        if (isForeignHost(error) || error.status >= 500) return warning(`not tried: ${error.message}`);
        if (error.status === 404) return warning('not tried, because no coordinator answers');
        return bad(error.message, 'PLEXUS_API_KEY=gn_… plexus doctor');
      }
    },
  };
}

/** The answer, or why there is none. */
async function get(send: typeof fetch, url: string): Promise<Response | Error> {
  try {
    const response = await send(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'manual' });
    await response.body?.cancel();
    return response;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
