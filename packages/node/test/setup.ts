import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { Detection, RunContext, RunRequest, RunResult, Runner } from '@plexus/runners';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { launchNode } from '../src/launch.ts';
import type { NodeOptions, RunningNode } from '../src/options.ts';
import type { Substitutes } from '../src/parts.ts';
import { Inbox, type Peer, type ScriptedCoordinator, startCoordinator } from './scripted-coordinator.ts';

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'plexus-node-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function coordinator(): Promise<ScriptedCoordinator> {
  const started = await startCoordinator();
  onTestFinished(() => started.close());
  return started;
}

export interface TestNode {
  readonly node: RunningNode;
  /** Everything that was logged, as JSON objects. */
  readonly log: Inbox<{
    readonly level: number;
    readonly msg: string;
    readonly problem?: string;
    readonly reason?: string;
  }>;
}

export async function startNode(
  url: string,
  options: Partial<NodeOptions> = {},
  substitutes: Substitutes = {},
): Promise<TestNode> {
  const log: TestNode['log'] = new Inbox();
  const destination = new Writable({
    write(line: Buffer, _encoding, done) {
      log.put(JSON.parse(line.toString()) as { level: number; msg: string });
      done();
    },
  });
  const node = await launchNode(
    {
      home: options.home ?? (await temporaryFolder()),
      coordinatorUrl: url,
      host: '127.0.0.1',
      ports: [],
      installLlama: false,
      logger: pino({}, destination),
      services: ['echo'],
      ...options,
    },
    { backoff: () => 1, ...substitutes },
  );
  onTestFinished(() => node.close());
  return { node, log };
}

/** A node that is registered, with the coordinator's end of its connection. */
export async function connectedNode(
  options: Partial<NodeOptions> = {},
  substitutes: Substitutes = {},
): Promise<TestNode & { peer: Peer; hub: ScriptedCoordinator }> {
  const hub = await coordinator();
  const started = await startNode(hub.url, options, substitutes);
  const peer = await hub.peers.next();
  await peer.welcome();
  await started.node.connected;
  return { ...started, peer, hub };
}

/** The next line of the log that says this. */
export async function logged(log: TestNode['log'], text: string): Promise<{ problem?: string; reason?: string }> {
  for (;;) {
    const line = await log.next();
    if (line.msg.includes(text) || line.problem?.includes(text)) return line;
  }
}

/** One run of a runner that a test decides about. */
export interface OpenRun {
  readonly request: RunRequest;
  readonly context: RunContext;
  readonly finish: (result?: Partial<RunResult>) => void;
  readonly fail: (error: unknown) => void;
}

/** A runner of `llm` whose runs end when the test says so. */
export function manualRunner(concurrency = 2): { runner: Runner; runs: Inbox<OpenRun>; substitutes: Substitutes } {
  const runs = new Inbox<OpenRun>();
  const runner: Runner = {
    service: 'llm',
    concurrency,
    models: ['test-model'],
    languages: ['en'],
    run: (request, context) =>
      new Promise((resolve, reject) => {
        runs.put({
          request,
          context,
          finish: (result) => resolve({ output: 'done', units: 1, metadata: {}, ...result }),
          fail: reject,
        });
      }),
    close: () => Promise.resolve(),
  };
  const found: Detection = { available: true, runner };
  return { runner, runs, substitutes: { detect: () => Promise.resolve([found]) } };
}

/** A connected node whose `llm` is a manual runner, and which has said so. */
export async function manualNode(
  concurrency = 2,
  substitutes: Substitutes = {},
): Promise<Awaited<ReturnType<typeof connectedNode>> & { runs: Inbox<OpenRun> }> {
  const { runs, substitutes: detection } = manualRunner(concurrency);
  const connected = await connectedNode({ services: ['llm'] }, { ...detection, ...substitutes });
  return { ...connected, runs };
}

export const TERMS = {
  receipt_id: 'receipt-1',
  client: 'client-1',
  unit_type: 'request',
  unit_price_micro: '10000000',
  max_units: 5,
};

let counter = 0;

export function assignment(fields: object = {}): Record<string, unknown> & { task_id: string } {
  counter += 1;
  return {
    task_id: `task-${counter}`,
    task_type: 'echo',
    content: 'hello',
    params: {},
    reward: 10,
    epoch: 1,
    receipt: { ...TERMS, receipt_id: `receipt-${counter}` },
    ...fields,
  };
}
