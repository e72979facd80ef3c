import { expect, it } from 'vitest';
import { type } from './terminal.ts';

const PLAN = {
  id: 'plan_1',
  state: 'sent',
  period_start: '2026-01-01T00:00:00Z',
  period_end: '2026-02-01T00:00:00Z',
  shares: [],
};

/** What `plexus payouts list` says of a network that has as many plans as are asked for. */
async function list(...flags: readonly string[]) {
  const body = Array.from({ length: 2 }, () => PLAN);
  const { made, stderr } = await type(['payouts', 'list', ...flags], {
    network: { 'GET /plexus/v1/payout-plans': { body } },
  });
  return { query: new URL(made[0]?.url ?? '').search, stderr };
}

it('says how to go on where a page is full, and goes on', async () => {
  expect(await list('--limit', '2')).toEqual({ query: '?limit=2', stderr: 'perhaps more: add --offset 2\n' });
  const second = await list('--limit', '2', '--offset', '2');
  expect(second).toEqual({ query: '?limit=2&offset=2', stderr: 'perhaps more: add --offset 4\n' });
  expect((await list()).stderr).toBe('');
});
