/** A coordinator whose log cannot be written, as on a full disk: it serves on. */
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isBuilt, kill, startProgram, whenReady } from '@plexus/testkit/program';
import { afterEach, beforeEach, expect, it } from 'vitest';

/** Linux has a file that is always full. */
const FULL = '/dev/full';
/** More than the log's first write and its failure take. */
const REQUESTS = 20;

let home: string;
beforeEach(() => (home = mkdtempSync(join(tmpdir(), 'plexus-full-log-'))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

it.skipIf(!isBuilt || !existsSync(FULL))(
  'serves on when its log cannot be written, and ends when it is asked to',
  async () => {
    const full = openSync(FULL, 'w');
    const coordinator = startProgram(['coordinator', '--home', home, '--port', '0', '--json'], { logTo: full });
    closeSync(full);
    try {
      const { coordinator: url } = await whenReady(coordinator);
      // Every refusal is a line of the log.
      for (let request = 0; request < REQUESTS; request++) {
        expect((await fetch(`${url}/plexus/v1/wallet`)).status).toBe(401);
      }
      expect(coordinator.exitCode).toBeNull();
      const ended = once(coordinator, 'exit');
      coordinator.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    } finally {
      await kill(coordinator);
    }
  },
);
