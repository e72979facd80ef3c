import type { NodeOptions, RunningNode } from '@plexus/node';
import { egressError, type LogLevel, portError } from '../commands/serving.ts';
import { CliError, EXIT, SilentExit } from '../failure.ts';
import type { Io } from '../io.ts';
import { fields } from '../output/table.ts';
import { oneLine } from '../output/text.ts';
import type { NodeMessage } from './node-messages.ts';
import { serverLogger } from './server-logger.ts';

const SERVICES_POLL_MS = 250;

interface RunNodeOptions {
  readonly asJson: boolean;
  readonly level: LogLevel;
  /** Which flag gave a port. */
  readonly portFlags: Readonly<Record<number, string>>;
}

/** Runs a node until the signal, alone or as the child of `plexus up`. */
export async function runNode(io: Io, options: Omit<NodeOptions, 'logger'>, how: RunNodeOptions): Promise<void> {
  const tell = (message: NodeMessage): void => io.parent?.tell(message);
  try {
    const node = await start(io, options, how.level);
    const watch = watchServices(node, tell);
    try {
      tell({ type: 'started', nodeId: node.nodeId, urls: node.urls });
      await untilConnected(node, io.signal);
      tell({ type: 'connected' });
      io.becomeServer?.();
      if (!io.parent) announce(io, node, how.asJson);
      await untilStopped(node, io.signal);
    } finally {
      clearInterval(watch);
      await node.close();
    }
  } catch (error) {
    // Whoever stops a node has not failed, whether it had joined or not.
    if (io.signal.aborted && !io.parent) return;
    const problem = egressError(portError(error, how.portFlags));
    const hint = problem instanceof CliError ? problem.hint : undefined;
    const message = problem instanceof Error ? problem.message : String(problem);
    if (!io.parent) throw problem;
    // The parent says it; twice is too much.
    tell({ type: 'failed', message, ...(hint !== undefined && { hint }) });
    throw new SilentExit(io.signal.aborted ? EXIT.ok : EXIT.failed);
  }
}

async function start(io: Io, options: Omit<NodeOptions, 'logger'>, level: LogLevel): Promise<RunningNode> {
  const [{ startNode }, logger] = await Promise.all([import('@plexus/node'), serverLogger(level)]);
  return startNode({
    ...options,
    logger,
    signal: io.signal,
    onProgress: (text: string) => io.parent?.tell({ type: 'progress', text } satisfies NodeMessage),
  });
}

/** The signal ends a node that never reaches its coordinator, and so the wait. */
async function untilConnected(node: RunningNode, signal: AbortSignal): Promise<void> {
  await Promise.race([node.connected, aborted(signal).then(() => Promise.reject(new CliError('Stopped')))]);
}

async function untilStopped(node: RunningNode, signal: AbortSignal): Promise<void> {
  const reason = await Promise.race([node.stopped, aborted(signal)]);
  if (reason instanceof Error && !signal.aborted) throw reason;
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Engines become ready, and fail, long after the node has started. */
function watchServices(node: RunningNode, tell: (message: NodeMessage) => void): NodeJS.Timeout {
  let before = '';
  const timer = setInterval(look, SERVICES_POLL_MS);
  look();
  return timer.unref();

  function look(): void {
    const services = node.services();
    const now = JSON.stringify(services);
    if (now === before) return;
    before = now;
    tell({ type: 'services', services });
  }
}

function announce(io: Io, node: RunningNode, asJson: boolean): void {
  if (asJson) {
    const event = { event: 'ready', node: node.urls[0], node_id: node.nodeId, urls: node.urls };
    io.stdout.write(`${JSON.stringify(event)}\n`);
    return;
  }
  io.stdout.write(
    `The node has joined.\n\n${fields([
      ['node', node.nodeId],
      ['listens on', node.urls.map(oneLine).join(' ')],
      ['stop', 'Ctrl-C'],
    ])}`,
  );
}
