/** What only tar archives can have. */
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { paxRecord, tar, type TarEntry, tarGz, tarHeader } from './archives.ts';
import { refusal, unpack } from './unpacking.ts';

test.each<[string, TarEntry]>([
  ['a symbolic link', { name: 'link', type: '2', link: '/etc/passwd' }],
  ['a hard link', { name: 'link', type: '1', link: '../../etc/passwd' }],
  ['a character device', { name: 'null', type: '3' }],
  ['a block device', { name: 'disk', type: '4' }],
  ['a FIFO', { name: 'fifo', type: '6' }],
  ['a sparse file', { name: 'sparse', type: 'S' }],
  ['an entry of the unknown kind "Z"', { name: 'x', type: 'Z' }],
])('with %s is refused', async (what, entry) => {
  expect(await refusal(tar([entry]))).toContain(`has ${what}`);
});

test('with a link and a file through it writes neither', async () => {
  const entries: TarEntry[] = [
    { name: 'dir', type: '2', link: '/tmp' },
    { name: 'dir/evil', content: 'x' },
  ];
  expect(await refusal(tar(entries))).toContain('a symbolic link');
});

test('takes long names of both kinds, and folders', async () => {
  const long = `${'n'.repeat(120)}/${'m'.repeat(120)}.py`;
  const pax: TarEntry[] = [
    { name: 'head', type: 'x', content: paxRecord('path', `pax/${long}`) },
    { name: 'short', content: '1' },
  ];
  const gnu: TarEntry[] = [
    { name: '././@LongLink', type: 'L', content: `gnu/${long}\0` },
    { name: 'short', content: '2' },
  ];
  const split: TarEntry = { name: 'end.py', prefix: 'begin', content: '3' };
  const { names } = await unpack(tar([{ name: 'dir/', type: '5' }, ...pax, ...gnu, split]));
  expect(names).toEqual(['begin/end.py', `gnu/${long}`, `pax/${long}`]);
});

test('with an unsafe name in an extended header is refused', async () => {
  const entries: TarEntry[] = [
    { name: 'head', type: 'x', content: paxRecord('path', '../../evil') },
    { name: 'innocent', content: '1' },
  ];
  expect(await refusal(tar(entries))).toContain('leads out of it');
});

test.each([
  ['a record that is longer than the header', '99 path=x\n'],
  ['no length', 'path=x\n'],
  ['a size that is no number', paxRecord('size', '-1')],
  ['a sparse file', paxRecord('GNU.sparse.major', '1')],
])('whose extended header has %s is refused', async (_what, content) => {
  const entries: TarEntry[] = [{ name: 'head', type: 'x', content }, { name: 'a' }];
  expect(await refusal(tar(entries))).toMatch(/damaged header|sparse file/);
});

test('with endless headers is refused', async () => {
  const headers = Array.from({ length: 1000 }, (): TarEntry => ({
    name: 'g',
    type: 'g',
    content: 'x'.repeat(60_000),
  }));
  expect(await refusal(tarGz(headers))).toContain('longer than all that it may hold');
});

test('with a header that is too long is refused', async () => {
  const header = tarHeader({ name: 'L', type: 'L', sizeBytes: 1_000_000_000 });
  expect(await refusal(header)).toContain('too long a header');
});

test('with a folder that claims a content is not read for ever', async () => {
  const folderEntry = tarHeader({ name: 'dir/', type: '5', sizeBytes: 8_000_000_000 });
  expect(await refusal(gzipSync(Buffer.concat([folderEntry, Buffer.alloc(50_000_000)])))).toContain('longer than');
});
