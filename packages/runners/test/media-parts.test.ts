import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEgress } from '@plexus/egress';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRenderProgress, renderCommand, sceneReason } from '../src/blender/script.ts';
import { probeCommand, transcodeCommand } from '../src/ffmpeg/command.ts';
import { encodersIn } from '../src/ffmpeg/find-ffmpeg.ts';
import { readProbe } from '../src/ffmpeg/probe.ts';
import { wishesOf } from '../src/ffmpeg/request.ts';
import { progressIn } from '../src/ffmpeg/transcode.ts';
import { unreadableReason } from '../src/ffmpeg/unreadable.ts';
import { createInputs } from '../src/media/input.ts';
import { createSandboxSource } from '../src/sandbox/shared-sandbox.ts';
import { failureOf } from './runner-conformance.ts';

describe('commands of FFmpeg', () => {
  it('name one file, and let no playlist name another', () => {
    const command = probeCommand('ffprobe', '/job/film');
    expect(command.join(' ')).toContain('-protocol_whitelist file -format_whitelist ');
    const formats = command[command.indexOf('-format_whitelist') + 1]?.split(',') ?? [];
    const dangerous = ['hls', 'concat', 'dash', 'sdp', 'rtsp', 'image2', 'tty', 'lavfi', 'applehttp', 'imf'];
    expect(formats.filter((name) => dangerous.includes(name))).toEqual([]);
  });

  it('have figures of the request, and defaults', () => {
    const files = { ffmpeg: 'ffmpeg', encoder: 'libvpx-vp9', from: '/in', to: '/out', threads: 3 };
    const wishes = wishesOf({ output_format: 'webm', resolution: '160x120', fps: 10, crf: 40 });
    expect(wishes.codec).toBe('vp9');
    const command = transcodeCommand(files, wishes).join(' ');
    for (const part of ['-crf 40', 'scale=160:120', '-r 10', '-c:a libopus', '-threads 3', '-f webm file:/out']) {
      expect(command).toContain(part);
    }
    expect(wishesOf({})).toEqual({ format: 'mp4', codec: 'h264', crf: 23, fps: undefined, size: undefined });
  });

  it('are told apart by encoders that are there', () => {
    const list = ' V..... libx264  H.264\n V....D libaom-av1  AV1\n A..... aac  AAC\n';
    expect(encodersIn(list)).toEqual({ h264: 'libx264', av1: 'libaom-av1' });
  });

  it('tell how far they are', () => {
    expect(progressIn('out_time_us=500000', 2)).toBe(25);
    expect(progressIn('out_time_us=9000000', 2)).toBe(99);
    expect(progressIn('out_time_us=N/A', 2)).toBeUndefined();
    expect(progressIn('frame=3', 2)).toBeUndefined();
    expect(progressIn('out_time_us=1', 0)).toBeUndefined();
  });

  it('say what is in a file', () => {
    const streams = [
      { codec_type: 'audio', codec_name: 'aac' },
      { codec_type: 'video', codec_name: 'h264', width: 4, height: 2, avg_frame_rate: '30000/1001' },
    ];
    const text = JSON.stringify({ format: { format_name: 'mov', duration: '1.5', size: '10' }, streams });
    expect(readProbe(text)).toMatchObject({
      duration: 1.5,
      size: 10,
      audioCodec: 'aac',
      video: { codec: 'h264', fps: 29.97 },
    });
    expect(readProbe('{}')).toMatchObject({ duration: 0, video: undefined });
  });
});

describe('inputs that FFmpeg reads', () => {
  it('are no films for the covers of records', () => {
    const cover = { codec_type: 'video', codec_name: 'png', disposition: { attached_pic: 1 } };
    const film = { codec_type: 'video', codec_name: 'h264', disposition: { attached_pic: 0 } };
    expect(readProbe(JSON.stringify({ streams: [cover] })).video).toBeUndefined();
    expect(readProbe(JSON.stringify({ streams: [cover, film] })).video?.codec).toBe('h264');
  });

  it('without sound are told of in plain words', () => {
    const said = "Stream map '0:a:0' matches no streams.\nTo ignore this, add a trailing '?' to the map.";
    expect(unreadableReason(said)).toBe('The input has no sound');
  });
});

describe('commands of Blender', () => {
  const rendering = { engine: 'cycles', width: 4, height: 2, samples: 10, start: 5, end: 6, threads: 1 } as const;

  it('disable scripts, and hold nothing of a client but numbers', () => {
    const command = renderCommand('blender', '/job/scene.blend', rendering);
    expect(command).toContain('--disable-autoexec');
    expect(JSON.parse(command.at(-1) ?? '')).toEqual({ ...rendering, tile: 64 });
    const large = renderCommand('blender', undefined, { ...rendering, width: 1920, height: 1080 });
    expect(JSON.parse(large.at(-1) ?? '')).toMatchObject({ tile: 240 });
  });

  it('tell how far they are, over all frames', () => {
    const percents: number[] = [];
    const read = createRenderProgress(rendering, (percent) => percents.push(percent));
    const samples = ['Fra:5 Mem:9M | Scene | Sample 0/10', 'Fra:5 | Sample 5/10', 'Saved'];
    for (const line of ['Blender 3.4', 'PLEXUS frame 5', ...samples, 'PLEXUS frame 6', 'Sample 10/10']) read(line);
    expect(percents).toEqual([0, 0, 25, 0, 50, 100]);
  });

  it('count samples within tiles', () => {
    const percents: number[] = [];
    const read = createRenderProgress({ ...rendering, end: 5 }, (percent) => percents.push(percent));
    const tiles = [
      'Rendered 0/4 Tiles, Sample 5/10',
      'Rendered 1/4 Tiles, Sample 10/10',
      'Rendered 3/4 Tiles, Sample 1/10',
    ];
    for (const line of ['PLEXUS frame 5', ...tiles]) read(line);
    expect(percents).toEqual([0, 12.5, 50, 77.5]);
  });

  it('say in plain words what is wrong with a scene', () => {
    const printed =
      "Blender 3.4.1\nError: Failed to read blend file '/job/scene.blend': Missing DNA block\nBlender quit";
    expect(sceneReason('could not get a list of mounted file-systems', printed)).toBe(
      'The input is damaged, or no scene: Missing DNA block',
    );
    expect(sceneReason('Segmentation fault', 'Blender 3.4.1')).toBeUndefined();
  });
});

let folder: string;
let url: string;
const server = createServer((request, response) => {
  if (request.url === '/film') response.end('a film');
  else if (request.url === '/away') response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
  else response.writeHead(request.url === '/busy' ? 503 : 404).end();
});
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plexus-input-test-'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server has such an address.
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});
const { signal } = new AbortController();

describe('inputs', () => {
  it('are fetched from places that the operator allows', async () => {
    const inputs = createInputs({ egress: createEgress({ allow: [new URL(url).host], allowHttp: true }) });
    await inputs.fetch(`${url}/film`, join(folder, 'film'), signal);
    expect(await readFile(join(folder, 'film'), 'utf8')).toBe('a film');
  });

  it('may be files of other jobs, and nothing else of their host', async () => {
    const own = { prefix: `${url}/fi`, egress: createEgress({ allow: [new URL(url).host] }) };
    const inputs = createInputs({ egress: createEgress({ allowHttp: true }), own });
    await inputs.fetch(`${url}/film`, join(folder, 'own'), signal);
    expect(await readFile(join(folder, 'own'), 'utf8')).toBe('a film');
    for (const path of ['/away', '/fi/../film', '/fi/%2e%2e/film']) {
      const error = await failureOf(inputs.fetch(url + path, join(folder, 'never'), signal));
      expect(error.message, path).toContain('not public');
    }
  });

  it('are refused from all others, and what is wrong everywhere is not tried elsewhere', async () => {
    const open = createInputs({ egress: createEgress({ allow: [new URL(url).host], allowHttp: true }) });
    const closed = createInputs({ egress: createEgress({ allowHttp: true }) });
    const cases = [
      [closed, `${url}/film`, 'INVALID_INPUT'],
      [open, `${url}/away`, 'INVALID_INPUT'],
      [open, `${url}/nothing`, 'INVALID_INPUT'],
      [open, `${url}/busy`, 'ENGINE_FAILED'],
      ...[
        'http://[::ffff:127.0.0.1]/',
        'http://2130706433/',
        'http://0177.0.0.1/',
        'http://localhost/',
        'http://10.0.0.1/',
      ].map((one) => [closed, one, 'INVALID_INPUT'] as const),
      ...['file:///etc/passwd', 'gopher://127.0.0.1/', 'data:text/plain,x', 'http://u:p@127.0.0.1/', ''].map(
        (one) => [open, one, 'INVALID_INPUT'] as const,
      ),
    ] as const;
    for (const [inputs, from, code] of cases) {
      const error = await failureOf(inputs.fetch(from, join(folder, 'never'), signal));
      expect(error, from).toMatchObject({ code });
      await expect(readFile(join(folder, 'never')), from).rejects.toThrow('ENOENT');
    }
  });
});

describe('a sandbox that several use', () => {
  const outcome = () => Promise.reject(new Error('nothing is run'));

  it('is tried once, and closed when the last of them has closed', async () => {
    const calls: string[] = [];
    const source = createSandboxSource(async () => {
      calls.push('opened');
      const close = async () => void calls.push('closed');
      return { available: true, sandbox: { description: 'none', run: outcome, close } };
    });
    const [first, second] = await Promise.all([source.open(), source.open()]);
    if (!first.available || !second.available) throw new Error('not available');
    await first.sandbox.close();
    await first.sandbox.close();
    expect(calls).toEqual(['opened']);
    await second.sandbox.close();
    expect(calls).toEqual(['opened', 'closed']);
    await source.open();
    expect(calls).toEqual(['opened', 'closed', 'opened']);
  });

  it('that is not there is looked for again', async () => {
    let tries = 0;
    const source = createSandboxSource(async () => ({ available: false, reason: `try ${++tries}`, remedy: 'x' }));
    expect(await source.open()).toMatchObject({ reason: 'try 1' });
    expect(await source.open()).toMatchObject({ reason: 'try 2' });
  });
});
