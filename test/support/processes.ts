/** Coordinators and nodes as processes of the built command, to be killed; everything under one folder. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kill, startProgram, whenReady } from '@plexus/testkit/program';

export { isBuilt, kill } from '@plexus/testkit/program';

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
    const { coordinator = '' } = await whenReady(child);
    return { child, url: coordinator, key: readFileSync(join(this.home, 'operator.key'), 'utf8').trim() };
  }

  async startNode(name: string, { url, key, flags }: NodeSettings) {
    const place = ['--coordinator', url, '--token', key, '--home', join(this.home, name), '--name', name];
    const child = this.start(['node', ...place, '--port', '0', '--json', '--log-level', 'warn', ...flags]);
    const { node = '' } = await whenReady(child);
    return { child, url: node };
  }

  async dispose(): Promise<void> {
    await Promise.all(this.children.map(kill));
    rmSync(this.home, { recursive: true, force: true });
  }

  private start(args: readonly string[]): ChildProcess {
    const child = startProgram(args);
    this.children.push(child);
    return child;
  }
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

/**
 * What a command prints.
 *
 * @throws {Error} with its errors when it fails
 */
export async function runCommand(args: readonly string[]): Promise<string> {
  const child = startProgram(args);
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk) => (stdout += chunk));
  child.stderr?.on('data', (chunk) => (stderr += chunk));
  const [code] = await once(child, 'close');
  if (code === 0) return stdout;
  throw new Error(`plexus ${args.join(' ')} ended with ${code}: ${stderr}`);
}
