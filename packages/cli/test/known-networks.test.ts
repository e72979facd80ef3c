import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { madeLog, type MadeLog } from './made-receipt.ts';
import { temporaryFolder, type } from './terminal.ts';

const URL_A = 'http://127.0.0.1:8800';
const URL_B = 'http://127.0.0.1:8801';

interface Answering {
  readonly status?: number;
  readonly url?: string;
  readonly log_restored?: object;
}

/** Asks for the receipt of a log, which answers with this one. */
async function get(home: string, log: MadeLog, body: unknown, more: Answering = {}) {
  const { status = 200, url = URL_A, log_restored = null } = more;
  return await type(['receipt', 'receipt_1', '--home', home, '--url', url], {
    network: {
      'GET /plexus/v1/info': { body: { public_key: log.coordinatorKey, log_restored } },
      'GET /plexus/v1/receipts/receipt_1': { body, status },
    },
  });
}

function storeIn(home: string): unknown {
  return JSON.parse(readFileSync(join(home, 'known-networks.json'), 'utf8'));
}

async function verify(home: string, receipt: unknown, ...more: readonly string[]) {
  const ended = await type(['verify', '-', '--home', home, '--json', ...more], { stdin: JSON.stringify(receipt) });
  const { checks } = JSON.parse(ended.stdout) as { checks: { name: string; status: string; detail: string }[] };
  const detail = (name: string) => {
    const check = checks.find((one) => one.name === name);
    return check && `${check.status}: ${check.detail}`;
  };
  return {
    exitCode: ended.exitCode,
    made: ended.made,
    attestation: detail('attestation'),
    consistency: detail('consistency'),
  };
}

describe('a network whose receipts are fetched', () => {
  it('is kept at first contact, for the owner of the home only', async () => {
    const [home, log] = [join(temporaryFolder(), 'new', 'home'), madeLog()];
    const { exitCode, stderr, made } = await get(home, log, log.receipt(3));
    expect(exitCode).toBe(0);
    expect(stderr).toContain(`first contact with ${URL_A}: its key ${log.coordinatorKey}`);
    expect(made.map(({ url }) => new URL(url).search)).toEqual(['', '']);
    expect(storeIn(home)).toEqual({
      networks: [{ url: URL_A, public_key: log.coordinatorKey, tree_head: log.head(3) }],
    });
    expect(statSync(join(home, 'known-networks.json')).mode & 0o777).toBe(0o600);
    expect(readdirSync(home)).toEqual(['known-networks.json']);
  });

  it('is kept beside others that are met at the same time', async () => {
    const [home, log] = [join(temporaryFolder(), 'home'), madeLog()];
    const urls = Array.from({ length: 8 }, (_, at) => `http://127.0.0.1:${9000 + at}`);
    const all = await Promise.all(urls.map((url, at) => get(home, log, log.receipt(at + 1), { url })));
    expect(all.map(({ exitCode }) => exitCode)).toEqual(urls.map(() => 0));
    const { networks } = storeIn(home) as { networks: { url: string; tree_head: { tree_size: number } }[] };
    expect(networks.map(({ url }) => url).toSorted()).toEqual(urls);
    expect(new Set(networks.map(({ tree_head }) => tree_head.tree_size))).toEqual(new Set([8]));
    expect(readdirSync(home)).toEqual(['known-networks.json']);
  });

  it('is refused when its key has changed, before it gets the API key', async () => {
    const [home, log, other] = [temporaryFolder(), madeLog(), madeLog()];
    await get(home, log, log.receipt(3));
    const before = storeIn(home);
    const { exitCode, stdout, stderr, made } = await get(home, other, other.receipt(3));
    expect({ exitCode, stdout }).toEqual({ exitCode: 5, stdout: '' });
    expect(stderr).toContain(`THE COORDINATOR'S KEY HAS CHANGED: ${URL_A} says ${other.coordinatorKey}`);
    expect(stderr).toContain(`remove its entries from ${join(home, 'known-networks.json')}`);
    expect(made.map(({ url, headers }) => [new URL(url).pathname, headers.get('authorization')])).toEqual([
      ['/plexus/v1/info', null],
    ]);
    expect(storeIn(home)).toEqual(before);
  });

  it('is not asked at all when the file of known networks is broken', async () => {
    const [home, log] = [temporaryFolder(), madeLog()];
    for (const text of ['', '{"networks":{}}', '{"networks":[{"url":1}]}', 'null']) {
      writeFileSync(join(home, 'known-networks.json'), text);
      const { exitCode, stderr, made } = await get(home, log, log.receipt(3));
      expect({ exitCode, made }, text).toEqual({ exitCode: 1, made: [] });
      expect(stderr).toContain('known-networks.json cannot be read');
    }
  });
});

describe('the log of a known network', () => {
  it('may have grown', async () => {
    const [home, log] = [temporaryFolder(), madeLog()];
    await get(home, log, log.receipt(3));
    const { exitCode, stderr, made } = await get(home, log, log.receipt(8, { size: 3 }));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(made[1]?.url).toContain('known_size=3');
    expect(storeIn(home)).toMatchObject({ networks: [{ tree_head: log.head(8) }] });
  });

  it('may be the same as before', async () => {
    const [home, log] = [temporaryFolder(), madeLog()];
    await get(home, log, log.receipt(3));
    expect(await get(home, log, log.receipt(3, { size: 3 }))).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('is known by the key, at whatever address', async () => {
    const [home, log] = [temporaryFolder(), madeLog()];
    await get(home, log, log.receipt(3));
    const { made } = await get(home, log, log.receipt(8, { size: 3 }), { url: URL_B });
    expect(made[1]?.url).toContain('known_size=3');
    expect(storeIn(home)).toMatchObject({
      networks: [
        { url: URL_A, tree_head: log.head(8) },
        { url: URL_B, tree_head: log.head(8) },
      ],
    });
  });
});

describe('a log that was begun anew on a backup', () => {
  const log_restored = { previous_log_id: 'before', tree_size: 5, began_at: '2025-01-15T10:30:00.000Z' };

  it('is the same to those that saw no more than the backup has', async () => {
    const [home, log] = [temporaryFolder(), madeLog()];
    await get(home, log, log.receipt(5));
    const { exitCode, stderr } = await get(home, log, log.receipt(8, { size: 5 }), { log_restored });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  it.each([
    ['as long as it is shorter', 404, () => ({ error: { code: 'TREE_HEAD_NOT_FOUND', message: 'no' } })],
    ['once it is as long', 200, (log: MadeLog) => log.receipt(6, { size: 6, name: 'restored' })],
    ['once it is longer', 200, (log: MadeLog) => log.receipt(9, { size: 6, name: 'restored' })],
  ])('is not taken for the one that others saw more of, %s', async (_when, status, body) => {
    const [home, log] = [temporaryFolder(), madeLog()];
    await get(home, log, log.receipt(6));
    const { exitCode, stdout, stderr } = await get(home, log, body(log), { status, log_restored });
    expect({ exitCode, stdout }).toEqual({ exitCode: 5, stdout: '' });
    expect(stderr).toContain('THE LOG WAS RESTORED FROM A BACKUP on 2025-01-15T10:30:00.000Z');
    expect(stderr).toContain('you saw it with 6 entries');
    expect(stderr).toContain('it has the first 5 entries');
    expect(storeIn(home)).toMatchObject({ networks: [{ tree_head: log.head(6) }] });
  });
});

describe('a log that contradicts what was seen of it', () => {
  it.each([
    ['with a proof over other entries', (log: MadeLog) => log.receipt(8, { size: 3, name: 'rewritten' })],
    ['of the same size', (log: MadeLog) => log.receipt(3, { size: 3, name: 'rewritten' })],
    ['without a proof', (log: MadeLog) => log.receipt(8)],
    ['with a proof from another size', (log: MadeLog) => log.receipt(8, { size: 2 })],
    [
      'with a proof that does not lead there',
      (log: MadeLog) => ({
        ...log.receipt(8, { size: 3, name: 'rewritten' }),
        consistency: { first: log.head(3), second: log.head(8, 'rewritten'), path: [] },
      }),
    ],
  ])('is refused when it was rewritten, %s', async (_what, rewritten) => {
    const [home, log] = [temporaryFolder(), madeLog()];
    await get(home, log, log.receipt(3));
    const { exitCode, stdout, stderr } = await get(home, log, rewritten(log));
    expect({ exitCode, stdout }).toEqual({ exitCode: 5, stdout: '' });
    expect(stderr).toContain('THE LOG HAS BEEN REWRITTEN since you saw it with 3 entries');
    expect(storeIn(home)).toMatchObject({ networks: [{ tree_head: log.head(3) }] });
  });

  it('is refused when it no longer knows what it has shown', async () => {
    const [home, log] = [temporaryFolder(), madeLog()];
    await get(home, log, log.receipt(3));
    const body = { error: { code: 'TREE_HEAD_NOT_FOUND', message: 'No tree head was signed over 3 leaves' } };
    const { exitCode, stderr } = await get(home, log, body, { status: 404 });
    expect(exitCode).toBe(5);
    expect(stderr).toContain('THE LOG WAS RESET OR LIES');
  });

  it('is refused with a tree head of another key, which is not kept', async () => {
    const [home, log] = [temporaryFolder(), madeLog()];
    const { exitCode, stderr } = await get(home, log, madeLog().receipt(3));
    expect(exitCode).toBe(5);
    expect(stderr).toContain("THE RECEIPT'S TREE HEAD IS NOT OF THIS LOG");
    expect(storeIn(home)).toEqual({ networks: [{ url: URL_A, public_key: log.coordinatorKey }] });
  });
});

describe('plexus verify with known networks', () => {
  it('knows the key and the log, and asks nobody', async () => {
    const [home, log] = [temporaryFolder(), madeLog()];
    await get(home, log, log.receipt(3));
    const { exitCode, made, attestation, consistency } = await verify(home, log.receipt(3));
    expect({ exitCode, made }).toEqual({ exitCode: 0, made: [] });
    expect(attestation).toMatch(/^ok: .* the key of the network at http:\/\/127\.0\.0\.1:8800$/);
    expect(consistency).toBe('ok: this is the log that you saw at size 3');
  });

  it.each([
    ['grown', 8, { size: 3 }, 'ok: the log that you saw at size 3 is the beginning of this one'],
    ['grown, without a proof', 8, undefined, 'absent: no proof joins'],
    ['older', 2, undefined, 'absent: no proof joins'],
    ['with a proof made for somebody else', 8, { size: 2 }, 'absent: no proof joins'],
    ['rewritten', 8, { size: 3, name: 'rewritten' }, 'failed: '],
    ['rewritten at the same size', 3, { size: 2, name: 'rewritten' }, 'failed: '],
  ])('compares a log that is %s', async (_what, size, known, words) => {
    const [home, log] = [temporaryFolder(), madeLog()];
    await get(home, log, log.receipt(3));
    const { exitCode, consistency } = await verify(home, { receipt: log.receipt(size, known) });
    expect(consistency).toContain(words);
    expect(exitCode).toBe(words.startsWith('failed') ? 5 : 0);
  });
});

describe('plexus verify of a doubtful receipt', () => {
  it('finds a broken proof that the remembered head has nothing to do with', async () => {
    const [home, log] = [temporaryFolder(), madeLog()];
    await get(home, log, log.receipt(3));
    const receipt = log.receipt(8, { size: 2 });
    const broken = { ...receipt, consistency: { first: log.head(2, 'other'), second: log.head(8), path: [] } };
    expect(await verify(home, broken)).toMatchObject({ exitCode: 5 });
  });

  it('says of an unknown key that it is one', async () => {
    const [home, log] = [temporaryFolder(), madeLog()];
    await get(home, log, log.receipt(3));
    const { exitCode, attestation, consistency } = await verify(home, madeLog().receipt(3));
    expect(exitCode).toBe(0);
    expect(attestation).toMatch(/^ok: .*; whose it is was not checked: no known network has it$/);
    expect(consistency).toMatch(/^absent: /);
  });

  it('finds a stranger’s attestation wrong beside the tree head of a known log', async () => {
    const [home, log] = [temporaryFolder(), madeLog()];
    await get(home, log, log.receipt(3));
    const { attestations } = madeLog().receipt(3);
    const { exitCode, attestation } = await verify(home, { ...log.receipt(3), attestations });
    expect(exitCode).toBe(5);
    expect(attestation).toMatch(/^failed: /);
  });

  it('takes what is given before what is remembered', async () => {
    const [home, log] = [temporaryFolder(), madeLog()];
    await get(home, log, log.receipt(3));
    const path = join(home, 'head.json');
    writeFileSync(path, JSON.stringify(log.head(2)));
    const byHead = await verify(home, log.receipt(8, { size: 2 }), '--known-head', path);
    expect(byHead.consistency).toBe('ok: the log only grew, from 2 to 8 entries');
    const byKey = await verify(home, log.receipt(3), '--coordinator-key', madeLog().coordinatorKey);
    expect(byKey.exitCode).toBe(5);
  });
});
