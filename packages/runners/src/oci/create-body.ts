/** How a container is asked for, in the words of Docker's API. Source: Docker Engine API, "ContainerCreate". */
import { type ContainerDefinition, DEFAULT_CONTAINER_LIMITS, SERVICE_PORT } from './definition.ts';

/** Whose a container is, so that its owner finds it again after a crash. */
export const OWNER_LABEL = 'io.plexus.owner';
const ID_LABEL = 'io.plexus.container';

const TMP_SHARE = 4;
const MAX_LOG_BYTES = '1m';

/** What no process on this machine can be given more of, and so neither can a container. */
export interface Ceilings {
  readonly openFiles: number;
  readonly processes: number;
}

export interface CreateContext {
  readonly owner: string;
  /** The name of the image as the engine knows it. */
  readonly image: string;
  readonly ceilings: Ceilings;
}

/** The body of the request that makes a container: nothing but what its definition asks for. */
export function createBody(definition: ContainerDefinition, { owner, image, ceilings }: CreateContext) {
  const { command, env = {}, network = false, port = SERVICE_PORT } = definition;
  const exposed = `${port}/tcp`;
  return {
    Image: image,
    ...(command && { Cmd: [...command] }),
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    Labels: { [OWNER_LABEL]: owner, [ID_LABEL]: definition.id },
    ...(network && { ExposedPorts: { [exposed]: {} } }),
    HostConfig: {
      ...resources(definition),
      ...isolation(definition, ceilings),
      NetworkMode: network ? 'bridge' : 'none',
      ...(network && { PortBindings: { [exposed]: [{ HostIp: '127.0.0.1', HostPort: '' }] } }),
      Binds: [...(definition.volumes ?? [])],
      LogConfig: { Type: 'json-file', Config: { 'max-size': MAX_LOG_BYTES } },
      RestartPolicy: { Name: 'no' },
    },
  };
}

function resources({ limits, gpu = false }: ContainerDefinition) {
  const { cpuMillis, memoryBytes, processes } = { ...DEFAULT_CONTAINER_LIMITS, ...limits };
  return {
    NanoCpus: cpuMillis * 1_000_000,
    Memory: memoryBytes,
    // No more with swap than without.
    MemorySwap: memoryBytes,
    PidsLimit: processes,
    ...(gpu && { DeviceRequests: [{ Driver: '', Count: -1, Capabilities: [['gpu']] }] }),
  };
}

function isolation({ writable = false, limits }: ContainerDefinition, ceilings: Ceilings) {
  const { memoryBytes } = { ...DEFAULT_CONTAINER_LIMITS, ...limits };
  const tmpBytes = Math.floor(memoryBytes / TMP_SHARE);
  return {
    ReadonlyRootfs: !writable,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    Privileged: false,
    Tmpfs: { '/tmp': `rw,nosuid,nodev,mode=1777,size=${tmpBytes}` },
    Ulimits: [ulimit('nofile', ceilings.openFiles), ulimit('nproc', ceilings.processes)],
    IpcMode: 'private',
    Init: true,
  };
}

function ulimit(name: string, most: number) {
  return { Name: name, Soft: most, Hard: most };
}
