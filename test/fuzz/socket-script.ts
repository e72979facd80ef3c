/** What nodes may do to a coordinator over their sockets, in any order. */
import fc from 'fast-check';
import { NODE_MESSAGES } from '@plexus/protocol';
import { writeJson } from './json-text.ts';
import { type Schema, valuesOf } from './json-schema.ts';
import { mutate, mutation } from './mutations.ts';
import { NASTY_TEXTS, NASTY_VALUES } from './nasty-values.ts';

/** Sockets that a script has open at once at most. */
export const SOCKETS = 4;
/** Stand in a message for ids that exist when it is sent. */
export const TASK_MARKS = ['@own-task@', '@other-task@', '@gone-task@'];
/** Stand for ids of nodes of the script's own; the others are somebody's. */
export const OWN_NODES = ['@plain-node@', '@keyed-node@', '@other-keyed-node@'];
const STOLEN_NODES = ['@honest-node@', '@client-account@', '@operator-account@', 'mint-1', 'fees-1'];
/** What the script's nodes offer; nobody else does. */
export const SERVICE = 'forge';

const socket = fc.nat(SOCKETS - 1);
const known = {
  document: {},
  names: ['public_key', 'units', 'epoch', 'task_id', 'segments', 'prompt_tokens', 'completion_tokens', '__proto__'],
  values(name: string, { type }: Schema): readonly unknown[] {
    if (name === 'task_id') return TASK_MARKS;
    if (name === 'epoch') return [1, 2];
    if (name === 'node_id') return [...OWN_NODES, ...STOLEN_NODES];
    if (name === 'public_key') return ['@own-key@', '@other-key@'];
    return name === 'capabilities' && type === 'string' ? [SERVICE] : [];
  },
};

const payloads = Object.entries(NODE_MESSAGES).map(([type, schema]) =>
  fc.record({ type: fc.constant(type), payload: valuesOf(JSON.parse(JSON.stringify(schema)) as Schema, known) }),
);
const payload = fc.oneof(...payloads);
const letterCase = fc.constantFrom('upper', 'upper', 'lower', 'mixed');

function inCase(type: string, how: string): string {
  if (how === 'lower') return type.toLowerCase();
  return how === 'mixed' ? type.slice(0, 3) + type.slice(3).toLowerCase() : type;
}

const message = fc
  .record({ message: payload, how: letterCase })
  .map(({ message: { type, payload: value }, how }) => ({ msg_id: 'm', msg_type: inCase(type, how), payload: value }));
const written = fc.oneof(
  { weight: 4, arbitrary: message.map(writeJson) },
  {
    weight: 5,
    arbitrary: fc.record({ message, change: mutation }).map(({ message: m, change }) => writeJson(mutate(m, change))),
  },
  { weight: 1, arbitrary: fc.constantFrom(...NASTY_VALUES).map(writeJson) },
  { weight: 1, arbitrary: fc.constantFrom(...NASTY_TEXTS) },
);

/** Frames as no client of RFC 6455 sends them: unmasked, reserved bits, unknown opcodes, lengths that lie. */
const BROKEN_FRAMES = [
  '8100',
  '8105aabbccdd',
  'f1800a0b0c0d',
  '8380',
  'ff',
  '817f7fffffffffffffff',
  '89fe0080',
  '88810a0b0c0d00',
].map((hex) => Buffer.from(hex, 'hex'));

const weighted = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary });

/** How a node answers a task; some more often. */
const ANSWERS = [
  ...(['valid', 'valid', 'valid', 'twice', 'of another', 'of another', 'of another'] as const),
  ...(['old epoch', 'next epoch', 'unsigned', 'forged', 'forged', 'tampered', 'tampered'] as const),
];

const step = fc.oneof(
  weighted(
    24,
    fc.record({
      do: fc.constant('join' as const),
      socket,
      token: fc.constantFrom('none', 'none', 'client'),
      nodeId: fc.constantFrom(...OWN_NODES),
      isLower: fc.boolean(),
    }),
  ),
  weighted(
    6,
    fc.record({
      do: fc.constant('open' as const),
      socket,
      token: fc.constantFrom('none', 'none', 'client', 'operator', 'wrong'),
    }),
  ),
  weighted(
    9,
    fc.record({
      do: fc.constant('register' as const),
      socket,
      nodeId: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...OWN_NODES) }, fc.constantFrom(...STOLEN_NODES)),
      isKeyed: fc.boolean(),
      isLower: fc.boolean(),
    }),
  ),
  weighted(
    12,
    fc.record({
      do: fc.constant('prove' as const),
      socket,
      how: fc.constantFrom('right', 'right', 'right', 'wrong', 'replayed', 'other key'),
    }),
  ),
  weighted(24, fc.record({ do: fc.constant('say' as const), socket, text: written })),
  weighted(
    30,
    fc.record({
      do: fc.constant('answer' as const),
      socket,
      how: fc.constantFrom(...ANSWERS),
    }),
  ),
  weighted(
    3,
    fc.record({ do: fc.constant('fragments' as const), socket, text: written, count: fc.integer({ min: 2, max: 9 }) }),
  ),
  weighted(3, fc.record({ do: fc.constant('binary' as const), socket, data: fc.uint8Array({ maxLength: 40 }) })),
  weighted(3, fc.record({ do: fc.constant('ping' as const), socket, data: fc.uint8Array({ maxLength: 120 }) })),
  weighted(3, fc.record({ do: fc.constant('bytes' as const), socket, data: fc.constantFrom(...BROKEN_FRAMES) })),
  weighted(
    1,
    fc.record({
      do: fc.constant('flood' as const),
      socket,
      text: fc.constantFrom('{"msg_type":"HEARTBEAT"}', '{"msg_type":"X"}', 'x', '{}'),
    }),
  ),
  weighted(
    6,
    fc.record({ do: fc.constant('leave' as const), socket, how: fc.constantFrom('close', 'terminate', 'half') }),
  ),
  weighted(30, fc.record({ do: fc.constant('submit' as const), isDetached: fc.boolean() })),
  weighted(3, fc.record({ do: fc.constant('cancel' as const), job: fc.nat(10) })),
);
export type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Two nodes and something for them to do, so that most of a script is about leases. */
const BEGINNING: readonly Step[] = [
  { do: 'join', socket: 0, token: 'none', nodeId: '@plain-node@', isLower: true },
  { do: 'join', socket: 1, token: 'none', nodeId: '@keyed-node@', isLower: false },
  { do: 'submit', isDetached: true },
  { do: 'submit', isDetached: false },
  { do: 'submit', isDetached: true },
];

export const script: fc.Arbitrary<readonly Step[]> = fc
  .array(step, { minLength: 10, maxLength: 30, size: 'max' })
  .map((steps) => [...BEGINNING, ...steps]);
