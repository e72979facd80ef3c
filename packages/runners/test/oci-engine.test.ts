import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createContainerEngine } from '../src/oci/container-engine.ts';
import { EngineError } from '../src/oci/engine-error.ts';
import { ensureImage } from '../src/oci/images.ts';
import { type FakeEngine, fakeEngine, json } from './fake-engine.ts';

const { signal } = new AbortController();
const onProgress = () => undefined;
const A_MINUTE_MS = 60_000;
const wishes = { signal, onProgress };

let engine: FakeEngine;
afterEach(() => engine.close());

const lines = (engine: FakeEngine) => engine.asked.map(({ line }) => line);

describe('an image', () => {
  it('is not pulled when it is there', async () => {
    engine = await fakeEngine({ 'GET /images/a%2Fb': json({ Id: 'x' }) });
    expect(await ensureImage(engine.http, 'a/b', wishes)).toBe('a/b');
    expect(lines(engine)).toEqual(['GET /images/a%2Fb/json']);
  });

  it('is pulled with one tag and the login, when it is not', async () => {
    engine = await fakeEngine({ 'POST /images/create': json({ status: 'done' }) });
    const login = { username: 'me', password: 'secret' };
    await ensureImage(engine.http, 'host:5000/a', { ...wishes, login });
    const pull = engine.asked.at(-1);
    expect(pull?.line).toBe('POST /images/create?fromImage=host%3A5000%2Fa%3Alatest');
    const auth = Buffer.from(String(pull?.headers['x-registry-auth']), 'base64url').toString();
    expect(JSON.parse(auth)).toEqual(login);
  });

  it('that the engine refuses to pull is named', async () => {
    engine = await fakeEngine({ 'POST /images/create': json({ message: 'no such host' }, 500) });
    await expect(ensureImage(engine.http, 'a:1', wishes)).rejects.toThrow('a:1 cannot be pulled: no such host');
  });

  it('fails to be pulled although the status was 200', async () => {
    const says = '{"status":"Trying"}\n{"error":"access denied"}\n';
    engine = await fakeEngine({ 'POST /images/create': (response) => response.end(says) });
    await expect(ensureImage(engine.http, 'a:1', wishes)).rejects.toThrow('a:1 cannot be pulled: access denied');
  });

  it('whose file is not there is named, and not the engine', async () => {
    engine = await fakeEngine({ 'POST /images/load': json({}) });
    const path = '/there-is-no-such-folder/image.tar';
    await expect(ensureImage(engine.http, path, wishes)).rejects.toThrow(`${path} cannot be loaded: ENOENT`);
  });
});

describe('a container', () => {
  it('is removed when it cannot be started, and the reason is told', async () => {
    engine = await fakeEngine({
      'GET /images/': json({}),
      'POST /containers/create': json({ Id: 'c1' }, 201),
      'POST /containers/c1/start': json({ message: 'no runtime' }, 500),
      'DELETE /containers/c1': (response) => response.writeHead(204).end(),
    });
    const starting = createContainerEngine(engine, 'me').start({ id: 'x', image: 'i' }, wishes);
    await expect(starting).rejects.toThrow('no runtime');
    expect(lines(engine).at(-1)).toBe('DELETE /containers/c1?force=true&v=true');
  });

  it('that ends before it answers is told with what it printed', async () => {
    engine = await fakeEngine({
      'GET /images/': json({}),
      'POST /containers/create': json({ Id: 'c1' }, 201),
      'POST /containers/c1/start': (response) => response.writeHead(204).end(),
      'POST /containers/c1/wait': json({ StatusCode: 7 }),
      'GET /containers/c1/logs': (response) => response.end('oh dear'),
      // A port on which nobody listens.
      'GET /containers/c1/json': json({
        State: { Pid: 1 },
        NetworkSettings: { Ports: { '3000/tcp': [{ HostPort: '1' }] } },
      }),
      'DELETE /containers/c1': (response) => response.writeHead(204).end(),
    });
    const starting = createContainerEngine(engine, 'me').start({ id: 'x', image: 'i', network: true }, wishes);
    await expect(starting).rejects.toThrow('Container x ended before it answered: exit code 7: oh dear');
  });

  it('of an earlier process is removed, and none of anybody else', async () => {
    engine = await fakeEngine({
      'GET /containers/json': json([{ Id: 'old1' }, { Id: 'old2' }]),
      'DELETE /containers/old': (response) => response.writeHead(204).end(),
    });
    expect(await createContainerEngine(engine, 'me').reap()).toBe(2);
    expect(decodeURIComponent(engine.asked[0]?.line ?? '')).toContain('{"label":["io.plexus.owner=me"]}');
  });
});

/** An engine whose only container answers; what starts it. */
async function starter(answers: Parameters<typeof fakeEngine>[0], pid = () => 1) {
  const service = createServer((_request, response) => response.end());
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  onTestFinished(() => void service.close());
  const { port } = service.address() as AddressInfo;
  engine = await fakeEngine({
    'GET /images/': json({}),
    'POST /containers/create': json({ Id: 'c1' }, 201),
    'POST /containers/c1/start': (response) => response.writeHead(204).end(),
    'GET /containers/c1/json': (response, one) => {
      const NetworkSettings = { Ports: { '3000/tcp': [{ HostPort: String(port) }] } };
      json({ State: { Pid: pid() }, NetworkSettings })(response, one);
    },
    'GET /containers/c1/logs': (response) => response.end('oh dear'),
    'DELETE /containers/c1': (response) => response.writeHead(204).end(),
    ...answers,
  });
  const containers = createContainerEngine(engine, 'me');
  return () => containers.start({ id: 'x', image: 'i', network: true }, wishes);
}

describe('the end of a container', () => {
  it('is not that of its engine, which is asked again', async () => {
    let asked = 0;
    const start = await starter({
      'POST /containers/c1/wait': (response, one) => {
        asked += 1;
        if (asked === 1) response.destroy();
        else json({ StatusCode: 7 })(response, one);
      },
    });
    const container = await start();
    expect(await container.ended).toEqual({ exitCode: 7, isOutOfMemory: false, said: 'oh dear' });
    expect(asked).toBe(2);
  });

  it('is not that of the longest time for which the engine is asked', async () => {
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    const longest = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => timeout(ms > A_MINUTE_MS ? 50 : ms));
    onTestFinished(() => longest.mockRestore());
    let asked = 0;
    const start = await starter({
      'POST /containers/c1/wait': (response, one) => {
        asked += 1;
        if (asked > 1) json({ StatusCode: 7 })(response, one);
      },
    });
    const container = await start();
    expect(await container.ended).toMatchObject({ exitCode: 7 });
    expect(asked).toBe(2);
  });
});

describe('a container that is gone', () => {
  it('has ended where the engine knows nothing of it, and where it was removed', async () => {
    let forget: () => void = () => undefined;
    const startUnknown = await starter({
      'POST /containers/c1/wait': (response, one) => {
        forget = () => json({ message: 'no such container' }, 404)(response, one);
      },
    });
    const unknown = await startUnknown();
    forget();
    expect(await unknown.ended).toMatchObject({ exitCode: -1 });
    await engine.close();
    const startSilent = await starter({ 'POST /containers/c1/wait': () => undefined });
    const silent = await startSilent();
    await silent.remove();
    expect(await silent.ended).toMatchObject({ exitCode: -1 });
  });

  it('has ended where somebody has started it again, of which the engine does not tell', async () => {
    let pid = 1;
    const start = await starter({ 'POST /containers/c1/wait': () => undefined }, () => pid);
    const container = await start();
    let end: unknown;
    void container.ended.then((told) => (end = told));
    await container.look();
    expect(end).toBeUndefined();
    pid = 2;
    await container.look();
    expect(await container.ended).toMatchObject({ said: 'it was started again, and not by this node' });
    await container.remove();
  });

  it('but that its engine was not there to remove is removed before the next start', async () => {
    let isThere = false;
    const start = await starter({
      'POST /containers/c1/wait': () => undefined,
      'DELETE /containers/c1': (response) => (isThere ? response.writeHead(204).end() : response.destroy()),
    });
    const container = await start();
    await expect(container.remove()).rejects.toThrow(EngineError);
    isThere = true;
    await start();
    const [first, second] = lines(engine).flatMap((line, at) => (line.startsWith('DELETE') ? [at] : []));
    expect(first).toBeDefined();
    expect(lines(engine).lastIndexOf('POST /containers/create')).toBeGreaterThan(second ?? Infinity);
  });
});

describe('an engine that does not answer', () => {
  it('is given up after a time', async () => {
    engine = await fakeEngine({ 'GET /silence': () => undefined });
    const call = engine.http.call({ method: 'GET', path: '/silence', timeoutMs: 50 });
    await expect(call).rejects.toThrow(EngineError);
  });

  it('is given up at once when nobody wants it any more', async () => {
    engine = await fakeEngine({ 'GET /silence': () => controller.abort() });
    const controller = new AbortController();
    const call = engine.http.call({ method: 'GET', path: '/silence', signal: controller.signal });
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  });
});
