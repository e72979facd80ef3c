import {
  type ContainerCalls,
  type ContainerDefinition,
  createContainerEngine,
  createImageCalls,
  createWarmContainers,
  ENGINE_REMEDY,
  findEngine,
  type WarmContainers,
} from '@plexus/runners';
import type { ContainerConfig, InfernetConfig } from './config.ts';
import { commandWords } from './command-words.ts';

/** Containers of images, which this machine runs itself. */
export interface ManagedContainers {
  /** Why none can be run here, if so. */
  readonly obstacle: string | undefined;
  callsOf(id: string): ContainerCalls | undefined;
  /** Ends them all. */
  close(): Promise<void>;
}

export interface ManagedOptions {
  /** Whose they are on this machine: what an earlier process of the same owner has left is removed. */
  readonly owner: string;
  readonly onProgress: (text: string) => void;
  /** Told of each container that does not start at first, and why. */
  readonly onFailure: (id: string, reason: string) => void;
}

const NONE: ManagedContainers = { obstacle: undefined, callsOf: () => undefined, close: async () => undefined };

/** Finds a container engine where the configuration has images, and begins to start them. Never throws. */
export async function openManaged(config: InfernetConfig, options: ManagedOptions): Promise<ManagedContainers> {
  const definitions = definitionsOf(config);
  if (definitions.length === 0) return NONE;
  try {
    const warm = await openWarm(config, definitions, options);
    const ids = new Set(definitions.map(({ id }) => id));
    const starting = warm.warm();
    return {
      obstacle: undefined,
      callsOf: (id) => (ids.has(id) ? createImageCalls(warm, id) : undefined),
      async close() {
        await Promise.all([warm.close(), starting]);
      },
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ...NONE, obstacle: `${reason} (${ENGINE_REMEDY})` };
  }
}

async function openWarm(
  { docker = {} }: InfernetConfig,
  definitions: readonly ContainerDefinition[],
  { owner, onProgress, onFailure }: ManagedOptions,
): Promise<WarmContainers> {
  const engine = createContainerEngine(await findEngine(new AbortController().signal, onProgress), owner);
  const left = await engine.reap();
  if (left > 0) onProgress(`removed ${left} containers that an earlier process had left`);
  const { username, password } = docker;
  const login = username && password ? { login: { username, password } } : {};
  return createWarmContainers(engine, definitions, { onProgress, onFailure, ...login });
}

function definitionsOf({ containers, manage_containers: isManaged = true }: InfernetConfig): ContainerDefinition[] {
  if (!isManaged) return [];
  return containers.flatMap((container) => {
    const { image = '', url = '' } = container;
    return image === '' || url !== '' ? [] : [definitionOf(container, image)];
  });
}

function definitionOf(container: ContainerConfig, image: string): ContainerDefinition {
  const { id, command, env = {}, volumes, gpu, network, writable } = container;
  const { cpu_millis: cpuMillis, memory_bytes: memoryBytes, processes } = container;
  const words = typeof command === 'string' ? commandWords(command) : command;
  return {
    id,
    image,
    env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)])),
    limits: {
      ...(cpuMillis !== undefined && { cpuMillis }),
      ...(memoryBytes !== undefined && { memoryBytes }),
      ...(processes !== undefined && { processes }),
    },
    ...(words && words.length > 0 && { command: words }),
    ...(volumes && { volumes }),
    ...(gpu !== undefined && { gpu }),
    ...(network !== undefined && { network }),
    ...(writable !== undefined && { writable }),
  };
}
