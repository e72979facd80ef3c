/** What can be said of a network from outside. */
import { ApiError, type Plexus } from '@plexus/sdk';
import type { Settings } from '../settings.ts';
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
      if (!alive) {
        return isExpected
          ? bad(`${url} cannot be reached`, 'plexus up')
          : warning(`no network runs at ${url}`, 'plexus up');
      }
      if (!alive.ok) return bad(`${url}/healthz answers HTTP ${alive.status}`, 'plexus up --coordinator-port 0');
      const ready = await get(fetch, `${url}/readyz`);
      if (!ready?.ok) return warning(`${url} runs, but is not ready`, `curl -s ${url}/readyz`);
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

export function clock({ settings, fetch }: NetworkDeps): Examination {
  return {
    name: 'clock',
    async run() {
      const response = await get(fetch, `${settings.url}/healthz`);
      const theirs = Date.parse(response?.headers.get('date') ?? '');
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
        return bad(error.message, 'PLEXUS_API_KEY=gn_… plexus doctor');
      }
    },
  };
}

/** Undefined when nobody answers. */
async function get(send: typeof fetch, url: string): Promise<Response | undefined> {
  try {
    const response = await send(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'manual' });
    await response.body?.cancel();
    return response;
  } catch {
    return undefined;
  }
}
