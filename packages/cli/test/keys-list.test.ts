import { expect, it } from 'vitest';
import { type } from './terminal.ts';

const KEY = {
  id: 'key_1',
  account_id: 'account',
  label: '',
  prefix: 'gn_1',
  role: 'client',
  scopes: ['read'],
  spend_limit: null,
  spent: '0',
  max_running: null,
  expires_at: null,
  revoked_at: null,
  created_at: '2025-01-15T10:30:00.000Z',
};

it('says what keys with a limit have spent, and of others that nobody counts it', async () => {
  const items = [KEY, { ...KEY, id: 'key_2', spend_limit: '500', spent: '7' }];
  const network = { 'GET /plexus/v1/keys': { body: { items, next: null } } };
  const { stdout } = await type(['keys', 'ls'], { network });
  const [, first, second] = stdout.split('\n').map((line) => line.split(/ {2,}/));
  expect([first?.slice(5, 7), second?.slice(5, 7)]).toEqual([
    ['-', '-'],
    ['7', '500'],
  ]);
});
