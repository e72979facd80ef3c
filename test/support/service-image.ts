/** An image with nothing in it but Node.js, its libraries and a service that behaves as it is asked to. */
import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What the service does is said by its requests: `data.do`. */
const SERVICE = `
const http = require('node:http');
const fs = require('node:fs');
const deeds = {
  add: (data) => ({ sum: (data.sum ?? 0) + Number(process.env.ADD ?? 1) }),
  facts: () => ({
    uid: process.getuid(),
    interfaces: Object.keys(require('node:os').networkInterfaces()),
    status: fs.readFileSync('/proc/self/status', 'utf8'),
    write: attempt(() => fs.writeFileSync('/probe', 'x')),
    tmp: attempt(() => fs.writeFileSync('/tmp/probe', 'x')),
    env: process.env,
  }),
  exit: () => process.exit(1),
  grow: () => { const all = []; for (;;) all.push(Buffer.alloc(16 * 1024 * 1024, 1)); },
};
function attempt(act) { try { act(); return 'done'; } catch (error) { return error.code; } }
function answer(request, response, body) {
  const { data = {} } = body === '' ? {} : JSON.parse(body);
  switch (data.do) {
    case 'hang': return;
    case 'error': return response.writeHead(500, { 'content-type': 'application/json' }).end('{"reason":"no"}');
    case 'text': return response.end('only a text');
    case 'die': response.writeHead(200, { 'content-length': 100 }); response.write('{"half":');
      return setTimeout(() => process.exit(3), 50);
    case 'large': return response.end(JSON.stringify('x'.repeat(8 * 1024 * 1024)));
    default: return response.end(JSON.stringify((deeds[data.do] ?? deeds.add)(data)));
  }
}
console.log('listening');
http.createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk)).on('end', () => answer(request, response, body));
}).listen(Number(process.env.PORT ?? 3000), '0.0.0.0');
`;

/** Writes the image's files as a tar, and says where. */
async function serviceRootTar(folder: string): Promise<string> {
  const root = join(folder, 'root');
  const { stdout } = await run('ldd', [process.execPath]);
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] ?? '');
  for (const path of libraries) await place(path, join(root, path));
  await place(process.execPath, join(root, 'node'));
  await Promise.all(['tmp', 'proc', 'dev', 'etc', 'sys'].map((name) => mkdir(join(root, name), { recursive: true })));
  await chmod(join(root, 'tmp'), 0o1777);
  await writeFile(join(root, 'service.cjs'), SERVICE);
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0::/:/node\nnobody:x:65534:65534::/:/node\n');
  const tar = join(folder, 'service.tar');
  await run('tar', ['--create', '--file', tar, '--directory', root, '.']);
  return tar;
}

async function place(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
}

/** Imports the image into this machine's Podman under a name. */
export async function importServiceImage(name: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'plexus-image-'));
  try {
    const tar = await serviceRootTar(folder);
    const changes = ['--change', 'CMD ["/node","/service.cjs"]', '--change', 'USER 65534'];
    await run('podman', ['import', ...changes, tar, name]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function removeImage(name: string): Promise<void> {
  await run('podman', ['rmi', '--force', name]);
}
