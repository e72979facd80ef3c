/** Files to be fetched, made by real programs, and a place for what runners make of them. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { JobFiles } from '@plexus/runners';

const run = promisify(execFile);

export interface MediaWorld extends AsyncDisposable {
  /** On 127.0.0.1, where the files are served. */
  readonly place: string;
  readonly folder: string;
  urlOf(name: string): string;
  /** A film of a test picture with a tone. */
  makeFilm(name: string, options?: { readonly seconds?: number }): Promise<string>;
  /** Sentences, spoken by a synthesiser, with two seconds between them. */
  speak(name: string, sentences: readonly string[]): Promise<string>;
  /** A scene made by a Python program for Blender. */
  makeScene(name: string, program: string): Promise<string>;
  /** Files of a job, which stay in `kept` by their addresses. */
  jobFiles(): JobFiles & { readonly kept: ReadonlyMap<string, string> };
  /** What ffprobe says of a file. */
  probe(path: string): Promise<{
    format: { duration: string };
    streams: { codec_name: string; codec_type: string; width: number; height: number }[];
  }>;
}

export async function createMediaWorld(): Promise<MediaWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'plexus-media-'));
  const server = createServer((request, response) => {
    readFile(join(folder, basename(request.url ?? ''))).then(
      (content) => response.writeHead(200, { 'content-length': content.length }).end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server has such an address.
  const { port } = server.address() as AddressInfo;
  const place = `127.0.0.1:${port}`;
  const make = (maker: (path: string) => Promise<unknown>) => async (name: string) => {
    await maker(join(folder, name));
    return `http://${place}/${name}`;
  };

  return {
    place,
    folder,
    urlOf: (name) => `http://${place}/${name}`,
    makeFilm: (name, { seconds = 2 } = {}) => make((path) => film(path, seconds))(name),
    speak: (name, sentences) => make((path) => speech(path, sentences))(name),
    makeScene: (name, program) => make((path) => scene(path, program))(name),
    jobFiles: () => keepIn(folder),
    async probe(path) {
      const { stdout } = await run('ffprobe', ['-v', 'error', '-of', 'json', '-show_format', '-show_streams', path]);
      return JSON.parse(stdout);
    },
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function film(path: string, seconds: number): Promise<void> {
  const picture = ['-f', 'lavfi', '-i', `testsrc=size=320x240:rate=25:duration=${seconds}`];
  const tone = ['-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`];
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];
  await run('ffmpeg', ['-v', 'error', ...picture, ...tone, ...codecs, path]);
}

async function speech(path: string, sentences: readonly string[]): Promise<void> {
  const parts = await Promise.all(sentences.map((text, at) => speakOne(`${path}-${at}.wav`, text)));
  const inputs = parts.flatMap((part) => ['-i', part]);
  const padded = parts.map((_, at) => `[${at}]aresample=16000,apad=pad_dur=2[s${at}]`).join(';');
  const joined = `${padded};${parts.map((_, at) => `[s${at}]`).join('')}concat=n=${parts.length}:v=0:a=1`;
  await run('ffmpeg', ['-v', 'error', ...inputs, '-filter_complex', joined, path]);
}

async function scene(path: string, program: string): Promise<void> {
  const script = `import bpy\n${program}\nbpy.ops.wm.save_as_mainfile(filepath=${JSON.stringify(path)})`;
  await run('blender', ['-b', '-noaudio', '--factory-startup', '--python-exit-code', '1', '--python-expr', script]);
}

function keepIn(folder: string): JobFiles & { readonly kept: ReadonlyMap<string, string> } {
  const kept = new Map<string, string>();
  return {
    kept,
    fetchBundle: () => Promise.reject(new Error('there is no bundle')),
    async keepOutput({ name, path }) {
      const own = join(folder, `kept-${randomUUID()}-${name}`);
      await copyFile(path, own);
      const url = `/artifacts/${randomUUID()}/${name}`;
      kept.set(url, own);
      return { name, url, size: (await stat(own)).size, sha256: 'none', content_type: 'none' };
    },
  };
}

async function speakOne(path: string, text: string): Promise<string> {
  await writeFile(`${path}.txt`, text);
  await run('flite', ['-voice', 'rms', '-f', `${path}.txt`, '-o', path]);
  return path;
}
