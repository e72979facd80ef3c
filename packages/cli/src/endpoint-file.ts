/** HOME/endpoint.json: where the network of a home is to be found while it runs. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '@plexus/protocol';
import { replaceJsonFile } from './json-file.ts';

export interface EndpointFile {
  readonly pid: number;
  readonly coordinator: string;
  /** Of `plexus up` alone. */
  readonly node?: string;
  readonly infernet?: string;
}

/** What is written there, unless the process that wrote it is gone. */
export async function readEndpointFile(home: string): Promise<EndpointFile | undefined> {
  const found = parse(await readFile(pathIn(home), 'utf8').catch(() => ''));
  return found && isAlive(found.pid) ? found : undefined;
}

export async function writeEndpointFile(home: string, endpoint: EndpointFile): Promise<void> {
  await replaceJsonFile(pathIn(home), endpoint);
}

export async function removeEndpointFile(home: string): Promise<void> {
  await rm(pathIn(home), { force: true });
}

function pathIn(home: string): string {
  return join(home, 'endpoint.json');
}

function parse(text: string): EndpointFile | undefined {
  try {
    const value = JSON.parse(text) as Partial<EndpointFile> | null;
    const { pid, coordinator = '', node = coordinator, infernet = coordinator } = value ?? {};
    const isWhole = Number.isInteger(pid) && [coordinator, node, infernet].every((url) => URL.canParse(url));
    return isWhole ? (value as EndpointFile) : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It runs, and belongs to somebody else.
    return hasCode(error, 'EPERM');
  }
}
