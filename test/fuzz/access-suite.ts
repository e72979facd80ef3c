/** Every operation of every listener by every kind of caller: who is let through, and that nobody else changes anything. */
import { beforeAll, expect, it } from 'vitest';
import { askOf, type Cast, faultOf, makeCast, statusFor } from './access-calls.ts';
import { isAsExpected } from './access-rules.ts';
import { ACCESS, accessRows } from './access-table.ts';
import { send } from './raw-http.ts';
import type { FuzzRun } from './settings.ts';
import type { World } from './world.ts';

const TIMEOUT_MS = 120_000;

export function describeAccess(world: World, run: FuzzRun): void {
  const documented = world.operations.filter(({ isDocumented }) => isDocumented);
  const rows = accessRows(documented);
  const ofSomebody = rows.flatMap((row) => (row.access.ofOthers ? [{ ...row, ofOthers: row.access.ofOthers }] : []));
  let cast: Cast;
  beforeAll(async () => {
    cast = await makeCast(world, run.times > 1);
  });

  it('every operation has a row, and every row an operation', () => {
    const ids = new Set(documented.map(({ id }) => id));
    expect([...ids].filter((id) => !(id in ACCESS))).toEqual([]);
    expect(Object.keys(ACCESS).filter((id) => !ids.has(id))).toEqual([]);
  });

  it('the documents say where a key is needed', () => {
    const wrong = rows.filter(({ operation, access }) => operation.isOpen !== (access.needs === 'nothing'));
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it.each(rows)(
    '$name lets through whom it must, and nobody else',
    async (row) => {
      const faults: (string | undefined)[] = [];
      for (const caller of cast.callers) faults.push(await faultOf(row, caller, cast.things, world));
      expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it.each(ofSomebody)("$name keeps what is somebody else's from clients", async ({ ofOthers, ...row }) => {
    const { otherClient, operator, things } = cast;
    const ask = await askOf(row, things);
    world.books.mark();
    const status = await statusFor(row.operation, otherClient, ask, 'bearer');
    expect(isAsExpected(status, ofOthers.client), String(status)).toBe(true);
    expect(world.books.changes()).toEqual([]);
    expect(isAsExpected(await statusFor(row.operation, operator, ask, 'bearer'), ofOthers.operator)).toBe(true);
  });

  describeSockets(world, () => cast);
}

/** Who may open a socket for a node where only this machine can. */
function describeSockets({ network: { url } }: World, cast: () => Cast): void {
  it.each([
    ['nobody', 101],
    ['a key that is unknown', 401],
    ['a revoked key', 401],
    ['an expired key', 401],
    ['a client', 101],
    ['the operator', 101],
  ])('a socket for a node on loopback: %s is answered %d', async (name, status) => {
    const key = cast().callers.find((caller) => caller.name === name)?.key;
    const headers = [
      ['host', new URL(url).host],
      ['connection', 'upgrade'],
      ['upgrade', 'websocket'],
      ['sec-websocket-version', '13'],
      ['sec-websocket-key', 'AAAAAAAAAAAAAAAAAAAAAA=='],
      ...(key === undefined ? [] : [['authorization', `Bearer ${key}`] as const]),
    ] as const;
    expect(await send(url, { method: 'GET', target: '/ws/node', headers })).toMatchObject({ status });
  });
}
