import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { runCli } from '@plexus/cli';
import { onTestFinished } from 'vitest';

/** A request that a command made. */
interface Made {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface Situation {
  readonly env?: Readonly<Record<string, string>>;
  readonly isTTY?: boolean;
  /** A text, or what comes piece by piece. */
  readonly stdin?: string | AsyncIterable<string>;
  readonly signal?: AbortSignal;
  /** Answers by method and path, for example `GET /plexus/v1/wallet`; nobody is there without it. */
  readonly network?: Readonly<Record<string, { readonly status?: number; readonly body: unknown }>>;
  /** Answers in the place of `network`. */
  readonly fetch?: typeof fetch;
}

/** What a command line printed, how it ended, and what it asked of the network. */
export async function type(argv: readonly string[], situation: Situation = {}) {
  const { env = {}, isTTY = false, stdin = '', network } = situation;
  const made: Made[] = [];
  let stdout = '';
  let stderr = '';
  const exitCode = await runCli(argv, {
    stdout: { isTTY, write: (text) => void (stdout += text) },
    stderr: { isTTY, write: (text) => void (stderr += text) },
    stdin: typeof stdin === 'string' ? Readable.from([stdin]) : stdin,
    env: { PLEXUS_HOME: '/nonexistent/plexus', ...env },
    signal: situation.signal ?? new AbortController().signal,
    fetch: (url, init) => {
      if (situation.fetch) return situation.fetch(url, init);
      const request = new Request(url, init);
      const path = new URL(request.url).pathname;
      const body = typeof init?.body === 'string' ? (JSON.parse(init.body) as unknown) : undefined;
      made.push({ method: request.method, url: request.url, headers: request.headers, body });
      const reply = network?.[`${request.method} ${path}`];
      if (!reply) return Promise.reject(new TypeError('fetch failed', { cause: new Error('nobody is there') }));
      return Promise.resolve(Response.json(reply.body, { status: reply.status ?? 200 }));
    },
  });
  return { exitCode, stdout, stderr, made };
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'plexus-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}
