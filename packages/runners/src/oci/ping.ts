import { createEngineHttp } from './engine-http.ts';

const PING_MS = 2000;

/** Whether a container engine answers on a socket. */
export async function isAnswering(socketPath: string, signal: AbortSignal): Promise<boolean> {
  try {
    await createEngineHttp(socketPath).call({ method: 'GET', path: '/_ping', timeoutMs: PING_MS, signal });
    return true;
  } catch {
    return false;
  }
}
