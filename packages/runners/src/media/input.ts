import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { type Egress, EgressError } from '@plexus/egress';
import { interruption } from '../interruption.ts';
import { RunError } from '../runner.ts';

/** A film, a recording or a scene that a client names by its URL. */
const MAX_INPUT_BYTES = 2048 * 1024 * 1024;
const FETCH_MS = 10 * 60_000;
const IDLE_MS = 30_000;

/** What comes of a URL that a client gave. */
export interface Inputs {
  /**
   * Writes what stands behind a URL to a new file.
   *
   * @throws {RunError} INVALID_INPUT when the URL may not be fetched or has nothing, ENGINE_FAILED when another try may help
   */
  fetch(url: string, path: string, signal: AbortSignal): Promise<void>;
}

/** What guards the way to inputs. */
export interface InputGuards {
  /** With the hosts that this machine's operator allows. */
  readonly egress: Egress;
  /** The files that jobs have made: what their addresses begin with, and a guard that lets their host pass. */
  readonly own?: { readonly prefix: string; readonly egress: Egress };
}

export function createInputs({ egress: open, own }: InputGuards): Inputs {
  return {
    async fetch(url, path, signal) {
      try {
        const egress = own && isBelow(own.prefix, url) ? own.egress : open;
        const limits = { maxBytes: MAX_INPUT_BYTES, timeoutMs: FETCH_MS, idleMs: IDLE_MS };
        const { status, body } = await egress.stream({ url, ...limits, signal });
        if (status !== 200) {
          body.destroy();
          throw new RunError(
            status >= 500 ? 'ENGINE_FAILED' : 'INVALID_INPUT',
            `The input's host answered HTTP ${status}`,
          );
        }
        await pipeline(body, createWriteStream(path, { flags: 'wx', mode: 0o644 }), { signal });
      } catch (error) {
        await rm(path, { force: true });
        throw signal.aborted ? interruption(signal) : inputError(error);
      }
    },
  };
}

/** Written as everybody writes it: what a parser would make the same of does not count. */
function isBelow(prefix: string, url: string): boolean {
  return url.startsWith(prefix) && URL.canParse(url) && new URL(url).href === url;
}

/** What is wrong with the URL is wrong everywhere; a host that does not answer may answer another node. */
function inputError(error: unknown): unknown {
  if (!(error instanceof EgressError)) return error;
  const isPassing = error.code === 'timed_out' || error.code === 'connection_failed';
  const message = `The input cannot be fetched: ${error.message}`;
  return new RunError(isPassing ? 'ENGINE_FAILED' : 'INVALID_INPUT', message, { cause: error });
}
