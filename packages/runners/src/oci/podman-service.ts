import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '../sandbox/programs.ts';
import { makeScratch } from '../scratch.ts';
import { findCeilings } from './ceilings.ts';
import { keepUp } from './keep-up.ts';
import { podmanConfig, type PodmanFacts } from './podman-config.ts';
import { startPodmanProcess } from './podman-process.ts';
import { narrowerProfile } from './seccomp-profile.ts';

/** Source: containers-common, seccomp.json(5). */
const OWN_PROFILE = '/usr/share/containers/seccomp.json';

/** A Podman that serves Docker's API to this process alone. */
export interface PodmanService {
  readonly socketPath: string;
  /** Why it does not answer now, where its process has ended; nothing while it runs. */
  outage(): string | undefined;
  close(): Promise<void>;
}

/**
 * Starts Podman's service on a socket of its own. It ends with this process, however that ends, and is started again
 * where it ends before.
 *
 * @returns undefined where Podman is not installed
 * @throws {EngineError}
 */
export async function startPodman(
  signal: AbortSignal,
  onProgress: (text: string) => void,
): Promise<PodmanService | undefined> {
  const podman = await findProgram('podman');
  if (podman === undefined) return undefined;
  const folder = await makeScratch('podman');
  const clear = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const place = { podman, config: join(folder, 'containers.conf'), socketPath: join(folder, 'podman.sock') };
    await writeFile(place.config, podmanConfig(await examineHost(folder)));
    const start = (until: AbortSignal) => startPodmanProcess(place, until);
    const kept = keepUp(await start(signal), { name: "Podman's service", start, onProgress });
    const close = (): Promise<void> => kept.close().finally(clear);
    return { socketPath: place.socketPath, outage: () => kept.outage(), close };
  } catch (error) {
    await clear();
    throw error;
  }
}

async function examineHost(folder: string): Promise<PodmanFacts> {
  const unified = await readFile('/sys/fs/cgroup/unified/cgroup.controllers', 'utf8').catch(() => undefined);
  return {
    isHybrid: unified !== undefined,
    hasRunc: (await findProgram('runc')) !== undefined,
    hasSystemd: await access('/run/systemd/system').then(
      () => true,
      () => false,
    ),
    ceilings: await findCeilings(),
    seccompProfile: await writeProfile(folder),
  };
}

/** The profile that Podman has is made narrower; where it has none that is understood, it stays as it is. */
async function writeProfile(folder: string): Promise<string | undefined> {
  const own = await readFile(OWN_PROFILE, 'utf8').catch(() => '');
  const narrower = narrowerProfile(own);
  if (narrower === undefined) return undefined;
  const path = join(folder, 'seccomp.json');
  await writeFile(path, narrower);
  return path;
}
