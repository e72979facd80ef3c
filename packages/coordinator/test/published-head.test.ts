import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createPublisher, readPublishedHead } from '../src/log/published-head.ts';

const folder = mkdtempSync(join(tmpdir(), 'plexus-head-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('keeps a head that the disk refused once the disk takes it again', async () => {
  const home = join(folder, 'home');
  const publish = createPublisher(home);
  const head = { log_id: 'log', tree_size: 3, root_hash: 'root', timestamp: '2026-01-01T00:00:00.000Z' };
  const signed = { ...head, key_id: '', sig: '', public_key: '' };
  await expect(publish(signed)).rejects.toMatchObject({ code: 'ENOENT' });
  await mkdir(home);
  await publish(signed);
  expect(await readPublishedHead(home)).toEqual(head);
});
