/** What one container is, and what it may use of the machine. */
const MIB = 1024 * 1024;

/** Port inside the container on which a service answers unless told. Source: seed 004, contract/infernet.md. */
export const SERVICE_PORT = 3000;

export interface ContainerLimits {
  readonly cpuMillis: number;
  /** With what it writes to /tmp. */
  readonly memoryBytes: number;
  /** Processes and threads. */
  readonly processes: number;
}

const CPU_MILLIS = 1000;
const MEMORY_BYTES = 1024 * MIB;
const MAX_PROCESSES = 256;

/** What a container may use whose definition does not say. */
export const DEFAULT_CONTAINER_LIMITS: ContainerLimits = {
  cpuMillis: CPU_MILLIS,
  memoryBytes: MEMORY_BYTES,
  processes: MAX_PROCESSES,
};

/** A container that this machine runs itself. Whoever operates the node writes it, never a client. */
export interface ContainerDefinition {
  /** Its name at the node. */
  readonly id: string;
  /** A reference such as `docker.io/library/alpine:3`, or the path of a `.tar` that `docker save` wrote. */
  readonly image: string;
  /** What it is started with; the image's own command where this is not given. */
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Folders and volumes as Docker writes them, for example `/data:/data:ro`. */
  readonly volumes?: readonly string[];
  /** On which its service answers; 3000 where it is not given. */
  readonly port?: number;
  readonly gpu?: boolean;
  /** Whether it may reach others; without it there is nothing but its own loopback. */
  readonly network?: boolean;
  /** Whether it may write to its own files; without it only to /tmp. */
  readonly writable?: boolean;
  readonly limits?: Partial<ContainerLimits>;
  /** How long it may take to answer for the first time; 60 s where it is not given. */
  readonly readyMs?: number;
}

/** Who may pull private images. */
export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
}
