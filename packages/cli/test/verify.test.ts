import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { madeReceipt } from './made-receipt.ts';
import { temporaryFolder, type } from './terminal.ts';

const { receipt, coordinatorKey } = madeReceipt();

it('takes a receipt that was kept with a byte order mark', async () => {
  const stdin = `\ufeff${JSON.stringify(receipt)}`;
  expect(await type(['verify', '-'], { stdin })).toMatchObject({ exitCode: 0 });
});

describe('plexus verify', () => {
  it('finds a good receipt valid, from a file and without a network', async () => {
    const path = join(temporaryFolder(), 'receipt.json');
    writeFileSync(path, JSON.stringify(receipt));
    const { exitCode, stdout, stderr, made } = await type(['verify', path]);
    expect(stdout).toMatch(/^ok +signature +signed by key/m);
    expect(stdout).toMatch(/^absent +consistency/m);
    expect(stdout).toMatch(/\nVALID\n$/);
    expect(stderr).toContain('--coordinator-key');
    expect(exitCode).toBe(0);
    expect(made).toEqual([]);
  });

  it('is content when the given key is the coordinator’s', async () => {
    const stdin = JSON.stringify({ receipt });
    const { exitCode, stderr } = await type(['verify', '-', '--coordinator-key', coordinatorKey], { stdin });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  it.each([
    ['another price', { ...receipt, price: '40' }, 'signature'],
    ['another client', { ...receipt, client: 'client-2' }, 'signature'],
    ['no attestation', { ...receipt, attestations: [] }, 'attestation'],
    ['a field missing', { ...receipt, units: undefined }, 'shape'],
  ])('ends with 5 for %s', async (_what, tampered, check) => {
    const { exitCode, stdout } = await type(['verify', '-'], { stdin: JSON.stringify(tampered) });
    expect(stdout).toMatch(new RegExp(`^(failed|absent) +${check} `, 'm'));
    expect(stdout).toMatch(/\nNOT VALID\n$/);
    expect(exitCode).toBe(5);
  });

  it('ends with 5 for what is no JSON', async () => {
    expect(await type(['verify', '-'], { stdin: '{' })).toMatchObject({ exitCode: 5 });
  });

  it('ends with 5 for the key of another coordinator', async () => {
    const other = madeReceipt().coordinatorKey;
    const stdin = JSON.stringify(receipt);
    expect(await type(['verify', '-', '--coordinator-key', other], { stdin })).toMatchObject({ exitCode: 5 });
  });

  it('prints one JSON document with --json', async () => {
    const { stdout, stderr } = await type(['verify', '-', '--json'], { stdin: JSON.stringify(receipt) });
    expect(JSON.parse(stdout)).toMatchObject({ valid: true });
    expect(stderr).toBe('');
  });

  it('ends with 2 for a file that is not there', async () => {
    const { exitCode, stderr } = await type(['verify', '/nonexistent/receipt.json']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('/nonexistent/receipt.json: there is no such file or folder');
  });
});

it.each(['', coordinatorKey.slice(0, -1), `${coordinatorKey} `])(
  'plexus verify takes %j for no key, and judges nothing',
  async (key) => {
    const stdin = JSON.stringify(receipt);
    for (const option of ['--coordinator-key', '--node-key']) {
      const { exitCode, stdout, stderr } = await type(['verify', '-', option, key], { stdin });
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toContain('It must be a public key');
    }
  },
);
