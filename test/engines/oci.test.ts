/** Containers of a real engine: started, reached, limited, ended, and found again after a crash. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createContainerEngine, type ContainerEngine, findEngine, type RunningContainer } from '@plexus/runners';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importServiceImage, removeImage } from '../support/service-image.ts';

const IMAGE = 'localhost/plexus-oci-test:latest';
const OWNER = 'plexus-oci-test';
const limits = { memoryBytes: 256 * 1024 * 1024, cpuMillis: 500, processes: 64 };
const options = { signal: new AbortController().signal, onProgress: () => undefined };

/** A service that says with which error number each attempt has failed, 0 for those that have not. */
const PROBES = `
import ctypes, http.server, json, socket
libc = ctypes.CDLL(None, use_errno=True)
def family(number):
    try:
        socket.socket(number, socket.SOCK_STREAM if number != 38 else socket.SOCK_SEQPACKET).close()
        return 0
    except OSError as error:
        return error.errno
def call(number, *args):
    return ctypes.get_errno() if libc.syscall(number, *args) == -1 else 0
tried = {"vsock": family(40), "alg": family(38), "tcp": family(2), "unix": family(1)}
tried["unshare"] = call(272, 0x10000000)
tried["ptrace"] = call(101, 0, 0, 0, 0)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(tried).encode())
    do_POST = do_GET
http.server.HTTPServer(("0.0.0.0", 3000), Handler).serve_forever()
`;

interface Facts {
  readonly uid: number;
  readonly interfaces: readonly string[];
  readonly status: string;
  readonly write: string;
  readonly tmp: string;
  readonly env: Readonly<Record<string, string>>;
}

async function ask({ place }: RunningContainer, data: unknown): Promise<unknown> {
  return await new Promise((resolve, reject) => {
    const asked = request({ ...place, path: '/service_output', method: 'POST', agent: false }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
      answer.on('end', () => resolve(JSON.parse(text)));
      answer.on('error', reject);
    });
    asked.on('error', reject);
    asked.end(JSON.stringify({ data }));
  });
}

let engine: ContainerEngine;
beforeAll(async () => {
  await importServiceImage(IMAGE);
  engine = createContainerEngine(await findEngine(options.signal), OWNER);
}, 120_000);
afterAll(async () => {
  await engine.close();
  await removeImage(IMAGE);
});

describe('containers of a real engine', { timeout: 60_000 }, () => {
  it('answer without any network, without rights, without a place to write to but /tmp', async () => {
    const env = { GREETING: 'hello' };
    const container = await engine.start({ id: 'alone', image: IMAGE, env, limits }, options);
    const facts = (await ask(container, { do: 'facts' })) as Facts;
    await container.remove();
    expect(facts).toMatchObject({ uid: 65_534, interfaces: ['lo'], write: 'EROFS', tmp: 'done', env });
    expect(facts.status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(facts.status).toMatch(/^Seccomp:\t2$/m);
    expect(facts.status).toMatch(/^CapBnd:\t0+$/m);
  });

  it('have no way to the hypervisor, and make no namespaces', async () => {
    const folders = ['/usr', '/lib', '/lib64'].map((folder) => `${folder}:${folder}:ro`);
    const container = await engine.start(
      { id: 'probing', image: IMAGE, limits, volumes: folders, command: ['/usr/bin/python3', '-c', PROBES] },
      options,
    );
    const tried = (await ask(container, {})) as Readonly<Record<string, number>>;
    await container.remove();
    expect(tried).toMatchObject({ tcp: 0, unix: 0 });
    const { EPERM, EAFNOSUPPORT, ENOSYS } = constants.errno;
    for (const name of ['vsock', 'alg', 'unshare', 'ptrace']) {
      expect([EPERM, EAFNOSUPPORT, ENOSYS], name).toContain(tried[name]);
    }
  });

  it('answer with a network on loopback where one is asked for', async () => {
    const container = await engine.start({ id: 'open', image: IMAGE, network: true, limits }, options);
    expect(container.place).toMatchObject({ host: '127.0.0.1' });
    expect(await ask(container, { sum: 3 })).toEqual({ sum: 4 });
    await container.remove();
  });
});

describe('containers that fail', { timeout: 60_000 }, () => {
  it('are ended when they grow past their memory, and say so', async () => {
    const container = await engine.start({ id: 'greedy', image: IMAGE, limits }, options);
    await expect(ask(container, { do: 'grow' })).rejects.toThrow();
    expect(await container.ended).toMatchObject({ exitCode: 137, isOutOfMemory: true });
    await container.remove();
  });

  it('that end before they answer are told with what they printed, and leave nothing', async () => {
    const command = ['/node', '-e', 'console.error("oh dear"); process.exit(7)'];
    const starting = engine.start({ id: 'bad', image: IMAGE, command, limits }, options);
    await expect(starting).rejects.toThrow('Container bad ended before it answered: exit code 7: oh dear');
    expect(await engine.reap()).toBe(0);
  });

  it('of a process that crashed are found and removed, and nobody else’s', async () => {
    const own = await engine.start({ id: 'own', image: IMAGE, limits }, options);
    const other = createContainerEngine(await findEngine(options.signal), `${OWNER}-crashed`);
    const left = await other.start({ id: 'left', image: IMAGE, limits }, options);
    const afterwards = createContainerEngine(await findEngine(options.signal), `${OWNER}-crashed`);
    expect(await afterwards.reap()).toBe(1);
    expect(await left.ended).toMatchObject({ exitCode: expect.any(Number) });
    expect(await ask(own, { sum: 1 })).toEqual({ sum: 2 });
    await Promise.all([own.remove(), left.remove()]);
    await Promise.all([other.close(), afterwards.close()]);
  });

  it('leave no process behind', async () => {
    await engine.close();
    const { stdout } = await promisify(execFile)('ps', ['-o', 'args=', '--ppid', String(process.pid)]);
    const own = stdout.trim().split('\n');
    expect(own.filter((line) => !line.startsWith('ps '))).toEqual([]);
    engine = createContainerEngine(await findEngine(options.signal), OWNER);
  });
});

describe('images of a file', { timeout: 60_000 }, () => {
  it('are loaded and started by their path', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plexus-oci-'));
    try {
      const path = join(folder, 'image.tar');
      await promisify(execFile)('podman', ['save', '--output', path, IMAGE]);
      const container = await engine.start({ id: 'loaded', image: path, limits }, options);
      expect(await ask(container, { sum: 3 })).toEqual({ sum: 4 });
      await container.remove();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
