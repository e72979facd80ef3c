import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { unpackArchive } from '../src/archive/unpack.ts';
import { UnpackError } from '../src/archive/unpack-error.ts';
import { tar, tarGz, zip } from './archives.ts';
import { folder, LIMITS, refusal, unpack } from './unpacking.ts';

const FILES = [
  { name: 'model.py', content: 'print(1)\n' },
  { name: 'pkg/data.bin', content: Buffer.alloc(1500, 7) },
  { name: 'empty', content: '' },
] as const;

const FORMATS: Readonly<Record<string, (entries: readonly { name: string; content: string | Buffer }[]) => Buffer>> = {
  tar,
  'tar.gz': tarGz,
  zip,
  'a stored zip': (entries) => zip(entries.map((entry) => ({ ...entry, isStored: true }))),
};

describe.each(Object.entries(FORMATS))('%s', (_format, pack) => {
  test('comes out as it went in', async () => {
    const { target, names } = await unpack(pack(FILES));
    expect(names).toEqual(['empty', 'model.py', 'pkg/data.bin']);
    for (const { name, content } of FILES)
      expect(await readFile(join(target, name)), name).toEqual(Buffer.from(content));
  });

  test.each([
    ['../evil', 'leads out of it'],
    ['a/../../evil', 'leads out of it'],
    ['/etc/passwd', 'an absolute path'],
    ['C:/evil', 'an absolute path'],
    ['a\\..\\..\\evil', 'an unsafe name'],
    ['a\u0001b', 'an unsafe name'],
    [`${'d/'.repeat(40)}x`, 'too long a path'],
  ])('with an entry %j is refused, and nothing is written outside', async (name, why) => {
    const around = await folder();
    const target = join(around, 'target');
    await mkdir(target);
    const archive = join(around, 'archive');
    await writeFile(archive, pack([{ name, content: 'x' }]));
    await expect(unpackArchive(archive, target, LIMITS)).rejects.toThrow(why);
    expect((await readdir(around)).toSorted()).toEqual(['archive', 'target']);
    expect(await readdir(target)).toEqual([]);
  });
});

describe.each(Object.entries(FORMATS))('%s', (_format, pack) => {
  test.each([
    ['a', 'a'],
    ['a', './a'],
    ['Model.py', 'model.PY'],
    ['e\u0301', '\u00e9'],
  ])('with %j and %j, which are one name somewhere, is refused', async (first, second) => {
    const twice = [first, second].map((name) => ({ name, content: 'x' }));
    expect(await refusal(pack(twice))).toContain('twice');
  });

  test.each([[['a', 'a/b']], [['a/b', 'a']]])(
    'with %j, of which one is a file and a folder, is refused',
    async (names) => {
      const message = await refusal(pack(names.map((name) => ({ name, content: 'x' }))));
      expect(message).toContain('both as a file and as a folder');
    },
  );
});

describe.each(Object.entries(FORMATS))('%s', (_format, pack) => {
  test('that holds more than it may is refused before that is written', async () => {
    const bomb = pack([{ name: 'bomb', content: Buffer.alloc(5_000_000) }]);
    const around = await folder();
    await writeFile(join(around, 'archive'), bomb);
    await mkdir(join(around, 'target'));
    const unpacked = unpackArchive(join(around, 'archive'), join(around, 'target'), LIMITS);
    await expect(unpacked).rejects.toThrow('holds more than 100000 bytes');
    expect(await readdir(join(around, 'target'))).toEqual([]);
  });

  test('with more entries than it may have is refused', async () => {
    const many = Array.from({ length: 51 }, (_, i) => ({ name: `f${i}`, content: '' }));
    expect(await refusal(pack(many))).toContain('more than 50 entries');
  });

  test('that is cut off anywhere is refused, or what is there is whole', async () => {
    const whole = pack(FILES);
    for (let length = 1; length < whole.length; length += 37) {
      const outcome: unknown = await unpack(whole.subarray(0, length)).catch((error: unknown) => error);
      if (outcome instanceof UnpackError) continue;
      const { target, names } = outcome as Awaited<ReturnType<typeof unpack>>;
      for (const { name, content } of FILES.filter((file) => names.includes(file.name))) {
        expect(await readFile(join(target, name)), `${name} of ${length} bytes`).toEqual(Buffer.from(content));
      }
    }
  });

  test('with a byte changed anywhere is unpacked or refused, and never anything else', async () => {
    const whole = pack(FILES);
    for (let at = 0; at < whole.length; at += 41) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0xff;
      const outcome = await unpack(damaged).catch((error: unknown) => error);
      const isKnown = outcome instanceof UnpackError || 'names' in (outcome as object);
      expect(isKnown, `byte ${at}: ${String(outcome)}`).toBe(true);
    }
  });

  test('stops when it is told to', async () => {
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    await expect(unpack(pack(FILES), { ...LIMITS, signal: controller.signal })).rejects.toThrow('enough');
  });
});

test.each([
  ['nothing', ''],
  ['a text', 'hello, this is no archive '.repeat(50)],
  ['a compressed text', gzipSync('no tar '.repeat(200))],
])('%s is no archive', async (what, content) => {
  const outcome = await unpack(Buffer.from(content)).catch((error: unknown) => error);
  if (what === 'nothing') expect(outcome).toMatchObject({ names: [] });
  else expect(outcome).toBeInstanceOf(UnpackError);
});
