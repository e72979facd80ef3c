import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningCoordinator } from '@plexus/coordinator';
import { databaseError, databaseOf } from '../commands/database.ts';
import { egressError, portError, type UpFlags } from '../commands/serving.ts';
import { readEndpointFile, removeEndpointFile, writeEndpointFile } from '../endpoint-file.ts';
import { CliError, EXIT, SilentExit } from '../failure.ts';
import type { Io } from '../io.ts';
import { coloursFor } from '../output/colours.ts';
import { type Progress, startProgress } from '../output/progress.ts';
import { oneLine } from '../output/text.ts';
import { homeOf } from '../settings.ts';
import { nodeArgs, nodeEnv } from './node-args.ts';
import { type NodeProcess, superviseNode } from './node-process.ts';
import { endOf } from './end-of.ts';
import { aborted } from './run-node.ts';
import { serverLogger } from './server-logger.ts';
import { createServiceBoard, type ServiceBoard } from './service-board.ts';
import { type Started, summary } from './summary.ts';

const READY_MS = 60_000;
/** A person gets a page that is complete, if that takes no longer; a program gets its line at once. */
const SETTLE_MS = 500;
/** What is left of 5 s when the node has used its share. */
const CLOSE_MS = 1200;

/** Runs a coordinator here and a node beside it until the signal. */
export async function runUp(io: Io, flags: UpFlags): Promise<void> {
  const home = homeOf(flags, io.env);
  await mkdir(home, { recursive: true, mode: 0o700 });
  await refuseSecond(home);
  const progress = startProgress(io.stderr, 'starting');
  try {
    const beside = startBeside(io, flags, { home, progress });
    try {
      const coordinator = await startHere(io, home, flags);
      try {
        await serve(io, flags, { home, progress, coordinator, ...beside });
      } finally {
        await beside.node.stop();
        await closeWithin(coordinator, CLOSE_MS);
      }
    } finally {
      await beside.node.stop();
    }
  } finally {
    progress.stop();
  }
}

interface Place {
  readonly home: string;
  readonly progress: Progress;
}

interface Beside {
  readonly node: NodeProcess;
  readonly board: ServiceBoard;
  /** What the node is called and where it listens, once it has started. */
  readonly started: () => { readonly nodeId: string; readonly urls: readonly string[] };
}

/** Starts the node's process: its program takes as long to load as the coordinator does to start. */
function startBeside(io: Io, flags: UpFlags, { home, progress }: Place): Beside {
  const board = createServiceBoard();
  let started = { nodeId: '', urls: [] as readonly string[] };
  const node = superviseNode({
    args: (urls) => nodeArgs(flags, { home, urls }),
    env: nodeEnv(io.env, flags.upstreamKey),
    onMessage(message) {
      if (message.type === 'started') started = message;
      if (message.type === 'progress') progress.say(message.text);
      board.take(message);
    },
    onTrouble: (text) => io.stderr.write(`${oneLine(text)}\n`),
  });
  return { node, board, started: () => started };
}

async function serve(io: Io, flags: UpFlags, running: Place & Beside & { coordinator: RunningCoordinator }) {
  const { home, coordinator, node, board, progress, started } = running;
  const { url, operatorKey, booksPlace } = coordinator;
  try {
    node.join({ coordinatorUrl: url, token: operatorKey });
    await untilReady(node, io.signal);
    if (!flags.json) await Promise.race([board.settled, pause(SETTLE_MS, io.signal)]);
    progress.stop();
    const { nodeId, urls } = started();
    const [nodeUrl = '', infernet = nodeUrl] = urls;
    const endpoint = { coordinator: url, node: nodeUrl, infernet };
    await writeEndpointFile(home, { pid: process.pid, ...endpoint });
    if (io.signal.aborted) return;
    io.becomeServer?.();
    announce(io, flags, { ...endpoint, home, operatorKey, booksPlace, nodeId, board });
    await endOf(coordinator, io.signal);
    if (!flags.json && io.stderr.isTTY) io.stderr.write('Stopping; Ctrl-C again ends it at once.\n');
  } finally {
    await removeEndpointFile(home);
  }
}

async function startHere(io: Io, home: string, flags: UpFlags): Promise<RunningCoordinator> {
  const { startCoordinator } = await import('@plexus/coordinator');
  const { coordinatorPort: port, rateLimits, logLevel = 'warn', egressAllow = [] } = flags;
  const logger = await serverLogger(logLevel);
  return startCoordinator({
    home,
    host: '127.0.0.1',
    port,
    rateLimits,
    logger,
    egressAllow,
    signal: io.signal,
    ...databaseOf(flags, io.env),
  }).catch((error: unknown) => {
    if (io.signal.aborted) throw new SilentExit(EXIT.ok);
    throw databaseError(egressError(portError(error, { [port]: '--coordinator-port' })), databaseOf(flags, io.env));
  });
}

/** @throws {CliError} when the node cannot be started; SilentExit when it is not wanted any more */
async function untilReady(node: NodeProcess, signal: AbortSignal): Promise<void> {
  const deadline = new AbortController();
  const late = sleep(READY_MS, undefined, { signal: deadline.signal, ref: false }).then(() => {
    throw new CliError(`The node has not joined within ${READY_MS / 1000} s`, {
      hint: 'Start again with --log-level info to see why.',
    });
  });
  // Whichever comes second has nobody to tell.
  late.catch(() => undefined);
  try {
    await Promise.race([node.ready, late, aborted(signal)]);
  } catch (error) {
    // Whoever stops a network has not failed, whether its node had joined or not.
    if (!signal.aborted) throw error;
  } finally {
    deadline.abort();
  }
  if (signal.aborted) throw new SilentExit(EXIT.ok);
}

function announce(io: Io, flags: UpFlags, started: Started): void {
  const sink = flags.json ? io.stderr : io.stdout;
  const { coordinator, node, infernet, operatorKey } = started;
  const event = { event: 'ready', coordinator, node, infernet, apiKey: operatorKey };
  io.stdout.write(flags.json ? `${JSON.stringify(event)}\n` : summary(io, flags, started));
  started.board.onChange(coloursFor(sink, io.env), (line) => sink.write(line));
}

async function refuseSecond(home: string): Promise<void> {
  const running = await readEndpointFile(home);
  if (!running) return;
  throw new CliError(`A network runs in ${home} already: ${running.coordinator} (process ${running.pid})`, {
    hint: 'Use it, end it, or start another one with --home DIR and other ports.',
  });
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

/** What is still to be written is on disk after every answer, so an end that takes too long loses nothing. */
async function closeWithin(coordinator: RunningCoordinator, ms: number): Promise<void> {
  const timer = new AbortController();
  // Half of it is for what other machines' nodes run, so that readers and books can still be closed as they should be.
  await Promise.race([
    coordinator.close(ms / 2),
    sleep(ms, undefined, { signal: timer.signal }).catch(() => undefined),
  ]);
  timer.abort();
}
