import { join } from 'node:path';
import { reasonOf } from '../interruption.ts';
import { findCeilings } from './ceilings.ts';
import type { Ceilings } from './create-body.ts';
import { EngineError } from './engine-error.ts';
import { createEngineHttp, type EngineHttp } from './engine-http.ts';
import { isAnswering } from './ping.ts';
import { type PodmanService, startPodman } from './podman-service.ts';

/** A container engine that answers. */
export interface FoundEngine {
  readonly http: EngineHttp;
  /** For example `Podman Engine 4.3.1`. */
  readonly description: string;
  readonly ceilings: Ceilings;
  /** Ends the engine where it was started here. */
  close(): Promise<void>;
}

/** The one command that mends a machine without an engine. */
export const ENGINE_REMEDY = 'apt-get install podman runc netavark aardvark-dns catatonit iptables';

/**
 * Finds a container engine: the one of DOCKER_HOST, Docker's, Podman's, or Podman started here, which is started again
 * where it ends.
 *
 * @param onProgress is told of such an end
 * @throws {EngineError}
 */
export async function findEngine(
  signal: AbortSignal,
  onProgress: (text: string) => void = () => undefined,
): Promise<FoundEngine> {
  for (const socketPath of usualSockets(process.env)) {
    if (await isAnswering(socketPath, signal))
      return await described(createEngineHttp(socketPath), async () => undefined);
  }
  const podman = await startPodman(signal, onProgress);
  if (!podman) throw new EngineError('There is neither Docker nor Podman');
  const http = tellingOutage(createEngineHttp(podman.socketPath), podman);
  return await described(http, () => podman.close());
}

/** Where engines listen, in the order in which they are asked; DOCKER_HOST alone where it is set. */
export function usualSockets(env: NodeJS.ProcessEnv): readonly string[] {
  const host = env['DOCKER_HOST'] ?? '';
  if (host.startsWith('unix://')) return [host.slice('unix://'.length)];
  const ofUser = env['XDG_RUNTIME_DIR'] ? [join(env['XDG_RUNTIME_DIR'], 'podman', 'podman.sock')] : [];
  return ['/var/run/docker.sock', ...ofUser, '/run/podman/podman.sock'];
}

/** That a socket cannot be reached says little; that its service has ended, and how, says more. */
export function tellingOutage(http: EngineHttp, service: Pick<PodmanService, 'outage'>): EngineHttp {
  return {
    async call(call) {
      try {
        return await http.call(call);
      } catch (error) {
        const outage = service.outage();
        if (outage === undefined || !isUnreachable(error)) throw error;
        throw new EngineError(outage, undefined, { cause: error });
      }
    },
  };
}

function isUnreachable(error: unknown): boolean {
  return error instanceof EngineError && error.status === undefined;
}

async function described(http: EngineHttp, close: () => Promise<void>): Promise<FoundEngine> {
  try {
    return { http, description: await nameOf(http), ceilings: await findCeilings(), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function nameOf(http: EngineHttp): Promise<string> {
  const body = await http.call({ method: 'GET', path: '/version' });
  try {
    const { Components: [engine] = [], Version: version = '' } = JSON.parse(body.toString('utf8')) as {
      readonly Components?: readonly { readonly Name?: string; readonly Version?: string }[];
      readonly Version?: string;
    };
    return `${engine?.Name ?? 'Docker'} ${engine?.Version ?? version}`;
  } catch (error) {
    throw new EngineError(`What answers is no container engine: ${reasonOf(error)}`, undefined, { cause: error });
  }
}
