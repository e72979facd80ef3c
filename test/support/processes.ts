/** Coordinators and nodes as processes of the built command, to be killed; everything under one folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const BIN = join(import.meta.dirname, '../../packages/cli/bin/plexus.js');
export const isBuilt = existsSync(join(import.meta.dirname, '../../packages/cli/dist/index.js'));

export interface NodeSettings {
  readonly url: string;
  readonly key: string;
  /** Further flags of `plexus node`. */
  readonly flags: readonly string[];
}

/** Programs of one test. */
export class Processes {
  readonly home = mkdtempSync(join(tmpdir(), 'plexus-processes-'));
  private readonly children: ChildProcess[] = [];

  async startCoordinator(port: number, flags: readonly string[] = ['--rate-limits', 'off']) {
    const args = ['--home', this.home, '--port', String(port), '--log-level', 'warn', '--json'];
    const child = this.start(['coordinator', ...args, ...flags]);
    const { coordinator = '' } = await ready(child);
    return { child, url: coordinator, key: readFileSync(join(this.home, 'operator.key'), 'utf8').trim() };
  }

  async startNode(name: string, { url, key, flags }: NodeSettings) {
    const place = ['--coordinator', url, '--token', key, '--home', join(this.home, name), '--name', name];
    const child = this.start(['node', ...place, '--port', '0', '--json', '--log-level', 'warn', ...flags]);
    const { node = '' } = await ready(child);
    return { child, url: node };
  }

  async dispose(): Promise<void> {
    await Promise.all(this.children.map(kill));
    rmSync(this.home, { recursive: true, force: true });
  }

  private start(args: readonly string[]): ChildProcess {
    const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.children.push(child);
    return child;
  }
}

export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** The ready line of a program started with --json. */
async function ready(child: ChildProcess): Promise<Record<string, string>> {
  if (!child.stdout || !child.stderr) throw new Error('The program has no output to read');
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += chunk));
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line);
    if (event.event === 'ready') return event;
  }
  throw new Error(`The program ended before it was ready: ${errors}`);
}

export interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

export async function call(
  url: string,
  key: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  return { status: response.status, body: await response.json() };
}

export async function until(what: string, check: () => Promise<boolean>, limitMs = 20_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await check().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
