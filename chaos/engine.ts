/** What answers for `llm` in this run: the real engine where it is installed, else a small deterministic one. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { startUpstream } from './upstream.ts';

/** Where nodes look for llama.cpp; `npm run test:engines` and `plexus up` install it there. */
const LLAMA = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'plexus', 'llama-3.22.1');

export type EngineKind = 'llama' | 'upstream';

export interface Engine {
  /** For the report. */
  readonly name: string;
  /** Flags of `plexus node`. */
  readonly nodeFlags: readonly string[];
  close(): Promise<void>;
}

export function bestEngine(): EngineKind {
  return existsSync(LLAMA) ? 'llama' : 'upstream';
}

export async function openEngine(kind: EngineKind): Promise<Engine> {
  if (kind === 'llama') {
    const name = 'llama.cpp with the built-in model, inside each node';
    return { name, nodeFlags: ['--no-llm-install'], close: async () => undefined };
  }
  const upstream = await startUpstream();
  const name = 'a deterministic server of words behind --upstream (llama.cpp is not installed, or not asked for)';
  return { name, nodeFlags: ['--upstream', upstream.url], close: () => upstream.close() };
}
