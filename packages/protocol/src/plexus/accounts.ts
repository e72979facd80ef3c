/** Keys and credits in Plexus's own API. */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';
import { Nullable, Credits, Instant, Id, PageQuery, page, pageQueryOf } from './common.ts';

const Role = Type.Union([Type.Literal('operator'), Type.Literal('provider'), Type.Literal('client')]);
const Scope = Type.String({
  pattern: '^(submit|read|wallet|keys|node|node:[\\x21-\\x7e]{1,190})$',
  description: '`submit`, `read`, `wallet`, `keys`, `node` or `node:<id>`.',
});
const KeyView = Type.Object({
  id: Type.String(),
  account_id: Type.String(),
  label: Type.String(),
  prefix: Type.String({ description: 'First characters of the key, to recognise it by.' }),
  role: Role,
  scopes: Type.Array(Type.String()),
  spend_limit: Nullable(Credits),
  spent: Type.String({
    description: 'Credits spent and held through this key; counted where it has a `spend_limit`, else 0.',
  }),
  max_running: Nullable(Type.Integer({ description: 'Jobs of this key that may run or wait at once.' })),
  expires_at: Nullable(Instant),
  revoked_at: Nullable(Instant),
  created_at: Instant,
});

const Wallet = Type.Object({
  account_id: Type.String(),
  name: Type.String(),
  available: Credits,
  held: Credits,
  staked: Credits,
  cooling: Credits,
  earned: Credits,
  spent: Credits,
});

const Entry = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  amount: Type.String({ description: 'Signed credits as decimal text.' }),
  job_id: Nullable(Type.String()),
  memo: Nullable(Type.String()),
  at: Instant,
});

export const accountsEndpoints = endpoints({
  createKey: {
    method: 'POST',
    path: '/plexus/v1/keys',
    summary: 'Make another API key for your account; the key itself is shown this once.',
    description:
      'A key can be no stronger than the one that makes it; one with a limit, an expiry or a node of its own makes none. ' +
      'Operators may name another account. An operator has all scopes.',
    auth: 'key',
    idempotent: true,
    body: Type.Object(
      {
        label: Type.Optional(Type.String({ maxLength: 100 })),
        role: Type.Optional(Role),
        scopes: Type.Optional(Type.Array(Scope, { maxItems: 20 })),
        expires_at: Type.Optional(Type.String({ format: 'date-time' })),
        spend_limit: Type.Optional(Type.String({ pattern: '^\\d{1,9}(\\.\\d{1,6})?$' })),
        max_running: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
        account_id: Type.Optional(Id),
      },
      { examples: [{ label: 'my program', scopes: ['submit', 'read'] }] },
    ),
    status: 201,
    response: Type.Object({ ...KeyView.properties, api_key: Type.String() }),
  },
  listKeys: {
    method: 'GET',
    path: '/plexus/v1/keys',
    summary: 'The keys of your account, revoked ones too.',
    auth: 'key',
    query: Type.Object(pageQueryOf('^key_[0-9a-f-]{32,36}$')),
    status: 200,
    response: page(KeyView),
  },
  revokeKey: {
    method: 'DELETE',
    path: '/plexus/v1/keys/{key_id}',
    summary: 'Revoke a key at once.',
    auth: 'key',
    params: Type.Object({ key_id: Id }),
    status: 200,
    response: KeyView,
  },
  grant: {
    method: 'POST',
    path: '/plexus/v1/grants',
    summary: 'Give credits to an account out of the mint.',
    auth: 'operator',
    idempotent: true,
    body: Type.Object({
      account_id: Id,
      credits: Type.String({ pattern: '^\\d{1,9}(\\.\\d{1,6})?$' }),
      memo: Type.Optional(Type.String({ maxLength: 200 })),
    }),
    status: 201,
    response: Wallet,
  },
  getCaller: {
    method: 'GET',
    path: '/plexus/v1/caller',
    summary: 'Whose key this is, and what it may do; asked by a node, whether it is good there.',
    auth: 'key',
    status: 200,
    response: Type.Object({
      account_id: Type.String(),
      role: Role,
      scopes: Type.Array(Type.String()),
      is_owner: Type.Boolean({ description: 'Whether the node that asks is one of the account.' }),
    }),
  },
  getWallet: {
    method: 'GET',
    path: '/plexus/v1/wallet',
    summary: 'The four parts of your balance, and what was earned and spent in all.',
    auth: 'key',
    status: 200,
    response: Wallet,
  },
  listEntries: {
    method: 'GET',
    path: '/plexus/v1/wallet/entries',
    summary: 'What changed your balance, newest first. Holds do not: the wallet shows them.',
    auth: 'key',
    query: Type.Object(PageQuery),
    status: 200,
    response: page(Entry),
  },
});
