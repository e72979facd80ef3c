import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CliError } from '../failure.ts';
import type { NetworkToJoin } from '../io.ts';
import { isNodeMessage, type NetworkMessage, type NodeMessage } from './node-messages.ts';

/** The same depth in src and in dist. */
export const BIN_PATH = fileURLToPath(new URL('../../bin/plexus.js', import.meta.url));

/** With the coordinator's share the whole stop stays below 5 s. */
const STOP_MS = 3500;
const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 30_000;
/** After running this long, a crash is a new story. */
const HEALTHY_MS = 60_000;
/** A terminal's Ctrl-C does not reach a node in a group of its own, nor what it runs: it is told when to end. */
const HAS_GROUPS = process.platform !== 'win32';

export interface NodeProcessOptions {
  /** Arguments after `plexus`; a node that starts again gets the addresses it had. */
  readonly args: (urls: readonly string[] | undefined) => readonly string[];
  readonly env: NodeJS.ProcessEnv;
  onMessage(message: NodeMessage): void;
  /** Something that an operator should read. */
  onTrouble(text: string): void;
}

export interface NodeProcess {
  /** Resolves when the node is registered for the first time; rejects with why it cannot be. */
  readonly ready: Promise<void>;
  /** Says which network it belongs to; until then it loads its program and waits. */
  join(network: NetworkToJoin): void;
  /** Ends the node, by force after 3.5 s, or at once where it has not joined; resolves when it is gone. */
  stop(): Promise<void>;
}

/** What is known of the node, in all its lives and in this one. */
interface Supervised {
  process?: ChildProcess;
  urls?: readonly string[];
  network?: NetworkMessage;
  /** What it said of its end before it ended. */
  lastWords?: CliError;
}

/** Keeps one node running beside this process until it is stopped. */
export function superviseNode(options: NodeProcessOptions): NodeProcess {
  const stopping = new AbortController();
  const readiness = latch();
  const node: Supervised = {};

  function take(message: NodeMessage): void {
    if (message.type === 'started') node.urls = message.urls;
    if (message.type === 'connected') readiness.open();
    if (message.type === 'failed') node.lastWords = new CliError(message.message, { hint: message.hint });
    options.onMessage(message);
  }

  /** One life of the node: how it ended, or why it has not begun. */
  async function live(): Promise<string> {
    try {
      const end = await follow(begin(node, options), take);
      return node.lastWords?.message ?? end;
    } catch (error) {
      // Out of file descriptors, processes or memory: the machine may have some again later.
      return error instanceof Error ? error.message : String(error);
    }
  }

  async function keepRunning(): Promise<void> {
    for (let crashes = 0; !stopping.signal.aborted; crashes++) {
      const startedAt = performance.now();
      const why = await live();
      if (stopping.signal.aborted) return;
      if (!readiness.isOpen())
        return readiness.fail(node.lastWords ?? new CliError(`The node could not start: ${why}`));
      if (performance.now() - startedAt > HEALTHY_MS) crashes = 0;
      const delayMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** crashes);
      options.onTrouble(`The node has ended (${why}); it starts again in ${delayMs / 1000} s`);
      await sleep(delayMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  const finished = keepRunning();
  return {
    ready: readiness.opened,
    join(network) {
      node.network = { type: 'network', ...network };
      tellChild(node.process, node.network);
    },
    async stop() {
      stopping.abort();
      readiness.fail(new CliError('Stopped'));
      tellChild(node.process, 'stop');
      const timer = setTimeout(() => node.process?.kill('SIGKILL'), node.network ? STOP_MS : 0);
      await finished;
      clearTimeout(timer);
    },
  };
}

/** @throws {Error} when it could not be started */
function begin(node: Supervised, { args, env }: Pick<NodeProcessOptions, 'args' | 'env'>): ChildProcess {
  const stderr = 2;
  delete node.lastWords;
  // stdout belongs to the parent alone: a program may be reading it.
  const child = fork(BIN_PATH, [...args(node.urls)], {
    env,
    detached: HAS_GROUPS,
    stdio: ['ignore', stderr, stderr, 'ipc'],
  });
  node.process = child;
  tellChild(child, node.network);
  return child;
}

/** It may be gone by now: how it ended is told elsewhere. */
function tellChild(child: ChildProcess | undefined, message: NetworkMessage | 'stop' | undefined): void {
  if (child?.connected && message) child.send(message, () => undefined);
}

/**
 * Hands on what a child says until it has ended, and says how it ended.
 *
 * @throws {Error} when it could not be started
 */
async function follow(child: ChildProcess, take: (message: NodeMessage) => void): Promise<string> {
  child.on('message', (message) => {
    if (isNodeMessage(message)) take(message);
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  try {
    return await ended(child);
  } finally {
    process.removeListener('exit', kill);
  }
}

function ended(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    child.on('error', (error) => {
      // Any other error leaves it running.
      if (child.pid === undefined) reject(error);
    });
  });
}

interface Latch {
  readonly opened: Promise<void>;
  isOpen(): boolean;
  open(): void;
  fail(error: Error): void;
}

function latch(): Latch {
  let isOpen = false;
  let resolve: () => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const opened = new Promise<void>((onOpen, onFail) => {
    resolve = onOpen;
    reject = onFail;
  });
  // It may fail when nobody waits for it any more.
  opened.catch(() => undefined);
  return {
    opened,
    isOpen: () => isOpen,
    open() {
      isOpen = true;
      resolve();
    },
    fail: (error) => reject(error),
  };
}
