import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import type { UpFlags } from '../src/commands/serving.ts';
import { createServiceBoard, type ServiceBoard } from '../src/up/service-board.ts';
import { summary } from '../src/up/summary.ts';
import { temporaryFolder } from './terminal.ts';

const FLAGS = { coordinatorPort: 0, nodePort: 0, infernetPort: 0, rateLimits: 'on', llmInstall: false } as const;

/** A folder with a program of that name. */
function folderOf(...parts: readonly string[]): string {
  const folder = join(temporaryFolder(), ...parts);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'plexus'), '', { mode: 0o755 });
  return folder;
}

function shown(
  path: string,
  { board = createServiceBoard(), ...flags }: Partial<UpFlags> & { board?: ServiceBoard } = {},
) {
  const sink = { isTTY: false, write: () => undefined };
  const io = { stdout: sink, stderr: sink, stdin: Readable.from([]), env: { HOME: '/home/you', PATH: path } };
  const urls = { coordinator: 'http://127.0.0.1:1', node: 'http://127.0.0.1:2', infernet: 'http://127.0.0.1:3' };
  const names = { nodeId: 'node-1', operatorKey: 'gn_1', booksPlace: 'plexus.db', home: '/home/you/.plexus' };
  const { signal } = new AbortController();
  return summary({ ...io, signal }, { ...FLAGS, ...flags }, { ...urls, ...names, board });
}

it('prints commands that the shell knows where plexus is installed', () => {
  expect(shown(['/nowhere', folderOf('bin')].join(delimiter))).toMatch(/^ {2}plexus chat$/m);
});

it('prints commands that another shell knows, too, where npx has put plexus on the path', () => {
  expect(shown(folderOf('node_modules', '.bin'))).toMatch(/^ {2}node \S+plexus\.js chat$/m);
});

it('says which model answers only where one does', () => {
  const board = createServiceBoard();
  const text = () => shown('', { board, model: 'a.gguf' });
  board.take({ type: 'services', services: [{ id: 'llm', available: false, reason: 'no such file', remedy: 'look' }] });
  expect(text()).not.toContain('the model in a.gguf');
  board.take({ type: 'services', services: [{ id: 'llm', available: true }] });
  expect(text()).toContain('llm is the model in a.gguf.');
});
