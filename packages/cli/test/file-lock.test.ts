import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withFileLock } from '../src/file-lock.ts';
import { temporaryFolder } from './terminal.ts';

const HOUR_MS = 3_600_000;

it.each(['before', 'after'])(
  'a lock of a program that was killed an hour %s now, by this clock, is broken',
  async (side) => {
    const folder = temporaryFolder();
    const then = new Date(Date.now() + (side === 'before' ? -HOUR_MS : HOUR_MS));
    writeFileSync(join(folder, 'file.lock'), '');
    utimesSync(join(folder, 'file.lock'), then, then);
    expect(await withFileLock(join(folder, 'file'), async () => 'done')).toBe('done');
    expect(readdirSync(folder)).toEqual([]);
  },
);
