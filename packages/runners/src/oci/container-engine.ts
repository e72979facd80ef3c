import { setTimeout as sleep } from 'node:timers/promises';
import { orInterrupted } from '../interruption.ts';
import type { ContainerDefinition, RegistryLogin } from './definition.ts';
import { SERVICE_PORT } from './definition.ts';
import { type ContainerEnd, endOf, endText, RESTARTED } from './container-end.ts';
import { createBody, OWNER_LABEL } from './create-body.ts';
import { EngineError } from './engine-error.ts';
import { callJson, type EngineHttp } from './engine-http.ts';
import type { FoundEngine } from './find-engine.ts';
import { ensureImage } from './images.ts';
import { inspectContainer } from './inspect-container.ts';
import { createRemover, type Remover } from './remover.ts';
import { openRelay, type Relay } from './relay.ts';
import { type ServicePlace, untilAnswering } from './until-answering.ts';

const READY_MS = 60_000;
/** The engine has told by then that a container has ended. */
const HEAR_MS = 2000;

/** A container whose service answers. */
export interface RunningContainer {
  readonly place: ServicePlace;
  /** Resolves when it has ended, by itself or by `remove`. */
  readonly ended: Promise<ContainerEnd>;
  /** Looks whether it still is the process that was started; if not, it has ended. Never rejects. */
  look(): Promise<void>;
  /** Ends it at once and leaves nothing of it. */
  remove(): Promise<void>;
}

export interface StartOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
  readonly login?: RegistryLogin;
}

/** Containers of one owner on this machine. */
export interface ContainerEngine {
  readonly description: string;
  /**
   * Starts a container and waits until its service answers.
   *
   * @throws {EngineError} that says what the container printed last, where it ended too early
   */
  start(definition: ContainerDefinition, options: StartOptions): Promise<RunningContainer>;
  /** Removes what an earlier process of the same owner has left, and says how many they were. */
  reap(): Promise<number>;
  /** Removes all containers of the owner. */
  close(): Promise<void>;
}

/** @param owner a name that no other program on this machine has */
export function createContainerEngine(found: FoundEngine, owner: string): ContainerEngine {
  const { http, description, ceilings } = found;
  const { remove, removeLeft } = createRemover(http);

  async function start(definition: ContainerDefinition, options: StartOptions): Promise<RunningContainer> {
    const { signal } = options;
    await removeLeft();
    const image = await ensureImage(http, definition.image, options);
    const json = createBody(definition, { owner, image, ceilings });
    const created = await callJson<{ Id: string }>(http, { method: 'POST', path: '/containers/create', json, signal });
    return await startCreated({ http, remove, id: created.Id, definition, signal });
  }

  async function reap(): Promise<number> {
    const filters = encodeURIComponent(JSON.stringify({ label: [`${OWNER_LABEL}=${owner}`] }));
    const path = `/containers/json?all=true&filters=${filters}`;
    const left = await callJson<readonly { Id: string }[]>(http, { method: 'GET', path });
    await Promise.all(left.map(({ Id }) => remove(Id)));
    return left.length;
  }

  return {
    description,
    start,
    reap,
    async close() {
      await reap().finally(() => found.close());
    },
  };
}

interface Created extends Pick<Remover, 'remove'> {
  readonly http: EngineHttp;
  readonly id: string;
  readonly definition: ContainerDefinition;
  readonly signal: AbortSignal;
}

async function startCreated(created: Created): Promise<RunningContainer> {
  const { http, remove, id, signal } = created;
  const removed = new AbortController();
  let relay: Relay | undefined;
  const removeAll = async (): Promise<void> => {
    await Promise.all([relay?.close(), remove(id)]).finally(() => removed.abort());
  };
  try {
    await http.call({ method: 'POST', path: `/containers/${id}/start`, signal });
    const restart = createRestart(created);
    const ended = Promise.race([endOf(http, id, removed.signal), restart.found]);
    const { pid, place: published } = await inspect(created);
    if (pid === 0) throw endedEarly(created, await orInterrupted(ended, signal));
    relay = published ? undefined : await openWay(created, pid, ended);
    const place = published ?? { socketPath: relay?.socketPath ?? '' };
    await untilReady(created, place, ended);
    return { place, ended, look: () => restart.look(pid), remove: removeAll };
  } catch (error) {
    await removeAll();
    throw error;
  }
}

/** Engines may not tell of an end after which somebody has started the container again. */
function createRestart(created: Created) {
  let tell: (end: ContainerEnd) => void = () => undefined;
  const found = new Promise<ContainerEnd>((resolve) => (tell = resolve));
  return {
    found,
    async look(startedPid: number): Promise<void> {
      // What has ended for good is told by the engine, with its reason.
      const { pid } = await inspect(created).catch(() => ({ pid: startedPid }));
      if (pid !== 0 && pid !== startedPid) tell(RESTARTED);
    },
  };
}

/** One that ends meanwhile is told by its own words, not by those of who could not get in. */
async function openWay(created: Created, pid: number, ended: Promise<ContainerEnd>): Promise<Relay> {
  try {
    return await openRelay(pid, created.definition.port ?? SERVICE_PORT);
  } catch (error) {
    const end = await Promise.race([ended, sleep(HEAR_MS)]);
    throw end ? endedEarly(created, end) : error;
  }
}

async function untilReady(created: Created, place: ServicePlace, ended: Promise<ContainerEnd>) {
  const { definition, signal } = created;
  const early = new AbortController();
  const tooEarly = ended.then((end) => {
    throw endedEarly(created, end);
  });
  const mayGoOn = AbortSignal.any([signal, early.signal]);
  try {
    await Promise.race([untilAnswering(place, definition.readyMs ?? READY_MS, mayGoOn), tooEarly]);
  } finally {
    early.abort();
    tooEarly.catch(() => undefined);
  }
}

function endedEarly({ definition }: Created, end: ContainerEnd): EngineError {
  return new EngineError(`Container ${definition.id} ended before it answered: ${endText(end)}`);
}

async function inspect({ http, id, definition, signal }: Created) {
  const { State, NetworkSettings } = await inspectContainer(http, id, signal);
  const port = definition.port ?? SERVICE_PORT;
  const published = NetworkSettings?.Ports?.[`${port}/tcp`]?.[0]?.HostPort;
  const place = definition.network && published ? { host: '127.0.0.1', port: Number(published) } : undefined;
  return { pid: State?.Pid ?? 0, place };
}
