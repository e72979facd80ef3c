import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { leaseFileMessage } from '@plexus/protocol';
import { type JobFiles, RunError } from '@plexus/runners';
import { expect, onTestFinished, test } from 'vitest';
import { createJobFiles } from '../src/job-files.ts';
import { temporaryFolder } from './setup.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const LEASE = { jobId: 'job 1', epoch: 3 };
const CONTENT = 'the content of a bundle';
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Files of a job at a coordinator that answers as the test says, one handler for each try. */
async function filesAt(...handlers: readonly Handler[]): Promise<{ files: JobFiles; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    const handler = handlers[Math.min(requests.length, handlers.length - 1)];
    requests.push(request);
    handler?.(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/base`;
  const signer = { publicKey: '', keyId: '', sign: (message: Uint8Array) => sign(null, message, privateKey) };
  const identity = { nodeId: 'node-1', signer };
  const filesOf = createJobFiles({ baseUrl, identity, coordinatorKey: () => 'its key', retryMs: [1, 1] });
  return { files: filesOf(LEASE), requests };
}

const answer =
  (status: number, body: string): Handler =>
  (_request, response) =>
    response.writeHead(status).end(body);
const refuse = (status: number) => answer(status, JSON.stringify({ error: { code: 'X', message: 'because' } }));
const hangUp: Handler = (request) => request.socket.destroy();
const signal = new AbortController().signal;

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'passed';
  } catch (error) {
    return error instanceof RunError ? `${error.code}: ${error.message}` : String(error);
  }
}

function isSigned({ headers }: IncomingMessage, action: Parameters<typeof leaseFileMessage>[1]): boolean {
  const message = leaseFileMessage({ ...LEASE, coordinatorKey: 'its key', nodeId: 'node-1' }, action);
  const signature = Buffer.from(String(headers['plexus-signature']), 'base64');
  return headers['plexus-node'] === 'node-1' && verify(null, Buffer.from(message), publicKey, signature);
}

test('a bundle is asked for in the name of the node, and written where it shall be', async () => {
  const { files, requests } = await filesAt(answer(200, CONTENT));
  const path = join(await temporaryFolder(), 'bundle');
  await files.fetchBundle(SHA256, path, signal);
  expect(await readFile(path, 'utf8')).toBe(CONTENT);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const [request] = requests;
  expect(request?.url).toBe('/base/plexus/v1/leases/job%201/3/bundle');
  expect(request && isSigned(request, { type: 'read_bundle' })).toBe(true);
});

test('a bundle that is another than the job names is not kept', async () => {
  const { files } = await filesAt(answer(200, 'something else'));
  const path = join(await temporaryFolder(), 'bundle');
  expect(await codeOf(files.fetchBundle(SHA256, path, signal))).toContain('another than the job names');
  await expect(stat(path)).rejects.toThrow('ENOENT');
});

test.each([
  ['when the connection broke', hangUp],
  ['when the server failed', refuse(500)],
  ['when it is being started', refuse(503)],
  ['when the coordinator does not know of the lease yet', refuse(409)],
])('it is asked for again %s', async (_when, first) => {
  const { files, requests } = await filesAt(first, answer(200, CONTENT));
  await files.fetchBundle(SHA256, join(await temporaryFolder(), 'bundle'), signal);
  expect(requests).toHaveLength(2);
});

test('it is asked for again when it broke off in the middle', async () => {
  const breakOff: Handler = (request, response) => {
    response.writeHead(200, { 'content-length': CONTENT.length });
    response.write(CONTENT.slice(0, 5), () => request.socket.destroy());
  };
  const { files } = await filesAt(breakOff, answer(200, CONTENT));
  const path = join(await temporaryFolder(), 'bundle');
  await files.fetchBundle(SHA256, path, signal);
  expect(await readFile(path, 'utf8')).toBe(CONTENT);
});

test('it is not asked for for ever', async () => {
  const { files, requests } = await filesAt(hangUp);
  expect(await codeOf(files.fetchBundle(SHA256, join(await temporaryFolder(), 'b'), signal))).toMatch(/hang up|ECONN/);
  expect(requests).toHaveLength(3);
});

test.each([
  [404, 'INVALID_INPUT: The bundle cannot be fetched: because'],
  [403, 'ENGINE_FAILED: The bundle cannot be fetched: because'],
  [302, 'ENGINE_FAILED: The bundle cannot be fetched: because'],
])('a refusal with status %i is final', async (status, said) => {
  const { files, requests } = await filesAt(refuse(status));
  expect(await codeOf(files.fetchBundle(SHA256, join(await temporaryFolder(), 'b'), signal))).toBe(said);
  expect(requests).toHaveLength(1);
});

test('an output is sent whole, with its length and hash under the signature', async () => {
  const kept = { name: 'a b/c.txt', url: '/artifacts/t/c.txt', size: 23, sha256: SHA256, content_type: 'text/plain' };
  let received = '';
  const { files, requests } = await filesAt((request, response) => {
    request.on('data', (chunk: Buffer) => (received += chunk.toString()));
    request.on('end', () => response.writeHead(201).end(JSON.stringify(kept)));
  });
  const path = join(await temporaryFolder(), 'file');
  await writeFile(path, CONTENT);
  expect(await files.keepOutput({ name: kept.name, path }, signal)).toEqual(kept);
  expect(received).toBe(CONTENT);
  const [request] = requests;
  expect(request?.url).toBe(`/base/plexus/v1/leases/job%201/3/outputs?name=a+b%2Fc.txt&sha256=${SHA256}`);
  expect(request?.headers['content-length']).toBe('23');
  const action = { type: 'write_output', name: kept.name, sha256: SHA256, sizeBytes: 23 } as const;
  expect(request && isSigned(request, action)).toBe(true);
});

test.each([
  [413, 'PROGRAM_FAILED: a.txt cannot be kept: because'],
  [507, 'PROGRAM_FAILED: a.txt cannot be kept: because'],
  [409, 'Error: a.txt cannot be kept: because'],
])('an output that is refused with %i before it is sent whole says why', async (status, said) => {
  const { files } = await filesAt(refuse(status));
  const path = join(await temporaryFolder(), 'file');
  await writeFile(path, Buffer.alloc(5_000_000));
  expect(await codeOf(files.keepOutput({ name: 'a.txt', path }, signal))).toBe(said);
});

test('an answer that says no place is none', async () => {
  const { files } = await filesAt(answer(201, '{}'));
  const path = join(await temporaryFolder(), 'file');
  await writeFile(path, 'x');
  expect(await codeOf(files.keepOutput({ name: 'a', path }, signal))).toContain('did not say where');
});

test('a task that is cancelled asks no more', async () => {
  const controller = new AbortController();
  const { files, requests } = await filesAt(() => controller.abort(new Error('cancelled')));
  const path = join(await temporaryFolder(), 'bundle');
  expect(await codeOf(files.fetchBundle(SHA256, path, controller.signal))).toMatch(/abort|cancelled/i);
  expect(requests).toHaveLength(1);
});
