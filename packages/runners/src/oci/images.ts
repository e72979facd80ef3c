import { createReadStream } from 'node:fs';
import { isObject, parseJson } from '@plexus/protocol';
import type { RegistryLogin } from './definition.ts';
import { EngineError } from './engine-error.ts';
import type { EngineHttp } from './engine-http.ts';

/** Images may have many gigabytes. */
const PULL_MS = 30 * 60_000;
const NOT_FOUND = 404;

export interface ImageWishes {
  readonly login?: RegistryLogin | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

/**
 * Sees to it that the engine has an image: loads it where it is the path of a tar, pulls it where it is missing.
 *
 * @returns the name by which the engine knows it
 * @throws {EngineError}
 */
export async function ensureImage(http: EngineHttp, image: string, wishes: ImageWishes): Promise<string> {
  if (/^\.{0,2}\//.test(image)) return await load(http, image, wishes.signal);
  if (await hasImage(http, image, wishes.signal)) return image;
  await pull(http, image, wishes);
  return image;
}

async function hasImage(http: EngineHttp, image: string, signal: AbortSignal): Promise<boolean> {
  try {
    await http.call({ method: 'GET', path: `/images/${encodeURIComponent(image)}/json`, signal });
    return true;
  } catch (error) {
    if (error instanceof EngineError && error.status === NOT_FOUND) return false;
    throw error;
  }
}

async function pull(http: EngineHttp, image: string, { login, signal, onProgress }: ImageWishes): Promise<void> {
  onProgress(`Pulling ${image}`);
  const query = new URLSearchParams({ fromImage: withTag(image) }).toString();
  const credentials = login && Buffer.from(JSON.stringify(login)).toString('base64url');
  const said = createLineReader();
  const pulling = http.call({
    method: 'POST',
    path: `/images/create?${query}`,
    headers: credentials === undefined ? {} : { 'x-registry-auth': credentials },
    timeoutMs: PULL_MS,
    signal,
    onLine: said.read,
  });
  await pulling.catch((cause: unknown) => {
    throw cause instanceof EngineError ? failed(image, 'pulled', cause.message, cause) : cause;
  });
  if (said.error !== undefined) throw failed(image, 'pulled', said.error);
}

function failed(image: string, deed: 'pulled' | 'loaded', reason: string, cause?: EngineError): EngineError {
  return new EngineError(`${image} cannot be ${deed}: ${reason}`, cause?.status, { cause });
}

/** Without a tag Docker would pull them all. */
function withTag(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1);
  return name.includes(':') || name.includes('@') ? image : `${image}:latest`;
}

async function load(http: EngineHttp, path: string, signal: AbortSignal): Promise<string> {
  const said = createLineReader();
  const loading = http.call({
    method: 'POST',
    path: '/images/load?quiet=true',
    body: createReadStream(path),
    headers: { 'content-type': 'application/x-tar' },
    timeoutMs: PULL_MS,
    signal,
    onLine: said.read,
  });
  await loading.catch((cause: unknown) => {
    throw cause instanceof EngineError ? failed(path, 'loaded', cause.message, cause) : cause;
  });
  if (said.error !== undefined || said.loaded === undefined) {
    throw failed(path, 'loaded', said.error ?? 'there is no image in it');
  }
  return said.loaded;
}

interface LineReader {
  readonly error: string | undefined;
  /** Name of the image that was loaded last. */
  readonly loaded: string | undefined;
  readonly read: (line: string) => void;
}

/** Reads what an engine says while it works on images: JSON in lines, whose status is 200 whatever goes wrong later. */
function createLineReader(): LineReader {
  let error: string | undefined;
  let loaded: string | undefined;
  return {
    get error() {
      return error;
    },
    get loaded() {
      return loaded;
    },
    read(line) {
      const said = parse(line);
      if (typeof said['error'] === 'string') error = said['error'];
      const stream = typeof said['stream'] === 'string' ? said['stream'] : '';
      const [, name] = /^Loaded image(?: ID|\(s\))?: ([^\s,]+)/.exec(stream) ?? [];
      loaded = name ?? loaded;
    },
  };
}

function parse(line: string): Readonly<Record<string, unknown>> {
  const value = parseJson(line);
  return isObject(value) ? value : {};
}
