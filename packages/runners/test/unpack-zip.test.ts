/** What only zip files can have. */
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unpackArchive } from '../src/archive/unpack.ts';
import { zip, type ZipEntrySpec } from './archives.ts';
import { folder, LIMITS, refusal, unpack } from './unpacking.ts';

test.each<[string, ZipEntrySpec]>([
  ['a symbolic link', { name: 'link', content: '/etc/passwd', unixMode: 0o120777 }],
  ['a device or the like', { name: 'disk', unixMode: 0o060644 }],
  ['an encrypted file', { name: 'secret', content: 'x', flags: 0x801 }],
  ['a file packed by method 99', { name: 'odd', content: 'x', method: 99 }],
])('with %s is refused', async (what, entry) => {
  expect(await refusal(zip([entry]))).toContain(`has ${what}`);
});

test.each<[string, ZipEntrySpec]>([
  ['another length', { name: 'a', content: 'abc', sizeBytes: 2 }],
  ['another checksum', { name: 'a', content: 'abc', crc: 1 }],
])('whose directory says %s is refused', async (_what, entry) => {
  expect(await refusal(zip([entry]))).toContain('not what its directory says');
});

test('that unpacks to more than its directory says is stopped there', async () => {
  const around = await folder();
  await writeFile(join(around, 'archive'), zip([{ name: 'bomb', content: Buffer.alloc(5_000_000), sizeBytes: 10 }]));
  await mkdir(join(around, 'target'));
  const unpacked = unpackArchive(join(around, 'archive'), join(around, 'target'), LIMITS);
  await expect(unpacked).rejects.toThrow('not what its directory says');
  expect((await stat(join(around, 'target', 'bomb'))).size).toBeLessThanOrEqual(10);
});

test('that says two names for one file is refused', async () => {
  expect(await refusal(zip([{ name: 'a.py', localName: 'b.py', content: 'x' }]))).toContain('two names');
});

test('is found before a comment, and not in one', async () => {
  const { names } = await unpack(zip([{ name: 'a', content: 'x' }], 'PK\x05\x06 is how a zip ends'));
  expect(names).toEqual(['a']);
});

test('keeps the right to be executed, and folders', async () => {
  const entries: ZipEntrySpec[] = [
    { name: 'bin/', unixMode: 0o040755 },
    { name: 'bin/run', content: 'x', unixMode: 0o100755 },
  ];
  const { target } = await unpack(zip(entries));
  expect((await stat(join(target, 'bin/run'))).mode & 0o777).toBe(0o755);
});

test('that is empty holds nothing', async () => {
  expect((await unpack(zip([]))).names).toEqual([]);
});
