import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  encodeBase64,
  type KeptOutput,
  KeptOutputSchema,
  LEASE_HEADERS,
  type LeaseAction,
  leaseBundlePath,
  leaseFileMessage,
  type LeaseName,
  leaseOutputPath,
} from '@plexus/protocol';
import { type JobFiles, RunError, type RunErrorCode } from '@plexus/runners';
import { Check } from 'typebox/value';
import { callCoordinator, readAnswer } from './coordinator-http.ts';
import type { Identity } from './identity.ts';

/** More than any coordinator takes. */
const MAX_BUNDLE_BYTES = 1024 ** 3;
/** Waits before another try when the coordinator cannot be reached, as while it is started anew. */
const RETRY_MS = [500, 2000, 5000, 10_000];

export interface JobFilesOptions {
  /** Base of the coordinator's HTTP API. */
  readonly baseUrl: string;
  readonly identity: Pick<Identity, 'nodeId' | 'signer'>;
  /** The coordinator's public key as it was proven on the socket. */
  readonly coordinatorKey: () => string | undefined;
  readonly retryMs?: readonly number[];
}

/** The way to the files of a job under lease. */
export type JobFilesOf = (lease: LeaseName) => JobFiles;

export function createJobFiles(options: JobFilesOptions): JobFilesOf {
  const { baseUrl, identity, coordinatorKey, retryMs = RETRY_MS } = options;

  function headersOf(lease: LeaseName, action: LeaseAction): Record<string, string> {
    const { nodeId, signer } = identity;
    const message = leaseFileMessage({ ...lease, nodeId, coordinatorKey: coordinatorKey() ?? '' }, action);
    const signature = encodeBase64(signer.sign(Buffer.from(message)));
    return { [LEASE_HEADERS.node]: nodeId, [LEASE_HEADERS.signature]: signature };
  }

  return (lease) => ({
    fetchBundle: (sha256, path, signal) =>
      persistently(retryMs, signal, async () => {
        const headers = headersOf(lease, { type: 'read_bundle' });
        const answer = await callCoordinator({ baseUrl, method: 'GET', path: leaseBundlePath(lease), headers, signal });
        if (answer.statusCode !== 200) throw await refusalOf(answer, 'The bundle cannot be fetched', 'INVALID_INPUT');
        await receive(answer, { sha256, path, signal });
      }),

    async keepOutput({ name, path }, signal) {
      const { sha256, sizeBytes } = await factsOf(path, signal);
      const headers = {
        ...headersOf(lease, { type: 'write_output', name, sha256, sizeBytes }),
        'content-type': 'application/octet-stream',
        'content-length': sizeBytes,
      };
      return await persistently(retryMs, signal, async () => {
        const target = leaseOutputPath(lease, name, sha256);
        const body = createReadStream(path);
        const answer = await callCoordinator({ baseUrl, method: 'POST', path: target, headers, body, signal });
        if (answer.statusCode !== 201) throw await refusalOf(answer, `${name} cannot be kept`, 'PROGRAM_FAILED');
        return keptOutput(await readAnswer(answer));
      });
    },
  });
}

/** Tries again what failed for want of an answer, and not what was refused. */
async function persistently<T>(retryMs: readonly number[], signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await run();
    } catch (error) {
      const waitMs = retryMs[tries];
      if (error instanceof RunError || signal.aborted || waitMs === undefined) throw error;
      await sleep(waitMs, undefined, { signal });
    }
  }
}

async function receive(
  answer: IncomingMessage,
  { sha256, path, signal }: { readonly sha256: string; readonly path: string; readonly signal: AbortSignal },
): Promise<void> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      const isTooLong = sizeBytes > MAX_BUNDLE_BYTES;
      done(isTooLong ? new RunError('ENGINE_FAILED', 'The bundle is too large for this node') : null, chunk);
    },
  });
  try {
    await pipeline(answer, measure, createWriteStream(path, { flags: 'wx', mode: 0o600 }), { signal });
    if (hash.digest('hex') === sha256) return;
    throw new RunError('ENGINE_FAILED', 'The bundle that came is another than the job names');
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

async function factsOf(path: string, signal: AbortSignal): Promise<{ sha256: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of createReadStream(path, { signal })) {
    hash.update(chunk as Buffer);
    sizeBytes += (chunk as Buffer).length;
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}

function keptOutput(text: string): KeptOutput {
  const value: unknown = JSON.parse(text);
  if (Check(KeptOutputSchema, value)) return value;
  throw new RunError('ENGINE_FAILED', 'The coordinator did not say where it keeps a file');
}

/** What another node would be refused too is the job's fault; a server's error is worth another try. */
const JOBS_FAULT: ReadonlySet<number> = new Set([404, 413, 422, 507]);
/** A coordinator that has just started does not know of a lease before its node is back; what is over for good is aborted. */
const UNKNOWN_LEASE = 409;

async function refusalOf(answer: IncomingMessage, what: string, code: RunErrorCode): Promise<Error> {
  const { statusCode = 0 } = answer;
  const reason = `${what}: ${messageIn(await readAnswer(answer)) ?? `HTTP ${statusCode}`}`;
  if (JOBS_FAULT.has(statusCode)) return new RunError(code, reason);
  return statusCode >= 500 || statusCode === UNKNOWN_LEASE ? new Error(reason) : new RunError('ENGINE_FAILED', reason);
}

function messageIn(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text) as { readonly error?: { readonly message?: unknown } };
    return typeof error?.message === 'string' ? error.message : undefined;
  } catch {
    return undefined;
  }
}
