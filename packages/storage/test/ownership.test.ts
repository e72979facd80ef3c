import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownBooks } from '@plexus/storage';
import { expect, it, onTestFinished } from 'vitest';

it('books are refused while somebody has them, and free once he has given them up', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plexus-owned-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'plexus.db');
  const disown = ownBooks(path);
  expect(() => ownBooks(path, 0)).toThrow(expect.objectContaining({ code: 'in_use' }));
  disown();
  // A second time is nothing.
  disown();
  expect(() => ownBooks(path, 0)()).not.toThrow();
});
