import type { MediaOptions } from '@plexus/runners';
import type { Logger } from 'pino';

export interface NodeOptions extends MediaOptions {
  /** Folder that holds `node.key` and `coordinators.json`; made when it is not there. */
  readonly home: string;
  /** For example `http://127.0.0.1:8800`; `ws:` and `wss:` are understood too. */
  readonly coordinatorUrl: string;
  readonly name?: string;
  /** The account's key or a node token, sent as `Authorization: Bearer`. */
  readonly token?: string;
  readonly host: string;
  /** One listener each; 0 takes a free port. */
  readonly ports: readonly number[];
  /** A listener of its own for what the fleet's manager asks; without it the first port has that. 0 takes a free one. */
  readonly statsPort?: number;
  /** The name or address under which the coordinator reaches the node's figures, where that is not `host`. */
  readonly statsHost?: string;
  /** Names under which the node may be called besides `host` and `statsHost`. */
  readonly allowedHosts?: readonly string[];
  readonly modelPath?: string;
  readonly upstream?: { readonly url: string; readonly apiKey?: string };
  /** Only these, where given. */
  readonly services?: readonly string[];
  readonly concurrency?: {
    readonly echo?: number;
    readonly llm?: number;
    readonly translate?: number;
    readonly python?: number;
    readonly whisper?: number;
    readonly stable_diffusion?: number;
    readonly ffmpeg?: number;
    readonly blender?: number;
  };
  readonly installLlama: boolean;
  /** Services that run what clients send, and that this node shall offer: `python`. */
  readonly allow?: readonly string[];
  /** The Python that clients' programs are run by, and the packages that they may require. */
  readonly python?: { readonly interpreter?: string; readonly packages?: readonly string[] };
  /** Containers for Infernet's clients. */
  readonly infernet?: {
    /** The original's configuration file; there are no containers without one. */
    readonly configPath?: string;
    /** Whether refusals have the status that the original's clients of version 1 expect. */
    readonly isCompatible?: boolean;
  };
  /** `off` takes any number of calls; by default 100 a minute of each address to what the node answers itself. */
  readonly rateLimits?: 'on' | 'off';
  readonly logger: Logger;
  readonly onProgress?: (text: string) => void;
  /** Closes the node when it aborts. */
  readonly signal?: AbortSignal;
}

export interface ServiceState {
  readonly id: string;
  readonly available: boolean;
  readonly reason?: string;
  readonly remedy?: string;
}

export interface RunningNode {
  readonly nodeId: string;
  readonly urls: readonly string[];
  services(): readonly ServiceState[];
  /** Resolves at the first registration; rejects when the node stops before. */
  readonly connected: Promise<void>;
  /** Resolves when the node has stopped: with the reason if it stopped by itself. */
  readonly stopped: Promise<Error | undefined>;
  /** Takes nothing new and resolves when what runs is done and answered. */
  drain(): Promise<void>;
  /** Ends everything within 4 s; a second call waits for the first. */
  close(): Promise<void>;
}
