/** HOME/endpoint.json: where the network of a home is to be found while it runs, written by `plexus up`. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '@plexus/protocol';

export interface EndpointFile {
  readonly pid: number;
  readonly coordinator: string;
  readonly node: string;
  readonly infernet: string;
}

/** What is written there, unless the process that wrote it is gone. */
export async function readEndpointFile(home: string): Promise<EndpointFile | undefined> {
  const found = parse(await readFile(pathIn(home), 'utf8').catch(() => ''));
  return found && isAlive(found.pid) ? found : undefined;
}

export async function writeEndpointFile(home: string, endpoint: EndpointFile): Promise<void> {
  const path = pathIn(home);
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(endpoint, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, path);
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
    const { pid, coordinator, node, infernet } = value ?? {};
    const isWhole = Number.isInteger(pid) && [coordinator, node, infernet].every((url) => URL.canParse(url ?? ''));
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
