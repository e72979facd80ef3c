/** Changes one thing in a JSON value, so that it is one step away from what is wanted. */
import fc from 'fast-check';
import { NASTY_NAMES, NASTY_NUMBERS, NASTY_TEXTS, NASTY_VALUES } from './nasty-values.ts';

type Path = readonly (string | number)[];

/** One change: where, by counting all places of a value, and what. */
export interface Mutation {
  readonly place: number;
  readonly kind: 'replace' | 'drop' | 'add' | 'tweak';
  readonly name: string;
  readonly value: unknown;
  readonly text: string;
  readonly number: unknown;
}

export const mutation: fc.Arbitrary<Mutation> = fc.record({
  place: fc.nat(200),
  kind: fc.constantFrom('replace', 'drop', 'add', 'tweak'),
  name: fc.constantFrom(...NASTY_NAMES),
  value: fc.oneof(fc.constantFrom(...NASTY_VALUES), fc.jsonValue({ maxDepth: 1 })),
  text: fc.constantFrom(...NASTY_TEXTS),
  number: fc.constantFrom<unknown>(...NASTY_NUMBERS),
});

/** @returns a copy with the change */
export function mutate(value: unknown, change: Mutation): unknown {
  const places = placesIn(value);
  const place = places[change.place % places.length] ?? [];
  return changeAt(value, place, change);
}

function placesIn(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const members: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? value.map((item, at) => [at, item] as const)
    : Object.entries(value);
  return [path, ...members.flatMap(([name, member]) => placesIn(member, [...path, name]))];
}

function changeAt(value: unknown, path: Path, change: Mutation): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return changed(value, change);
  const isDropped = rest.length === 0 && change.kind === 'drop';
  if (Array.isArray(value)) {
    return value.flatMap((item, at) => (at !== step ? [item] : isDropped ? [] : [changeAt(item, rest, change)]));
  }
  const members = Object.entries(value as Readonly<Record<string, unknown>>);
  return fromMembers(
    members.flatMap(([name, member]) => {
      if (name !== step) return [[name, member]];
      return isDropped ? [] : [[name, changeAt(member, rest, change)]];
    }),
  );
}

function changed(value: unknown, { kind, name, text, number, value: other }: Mutation): unknown {
  switch (kind) {
    case 'replace':
    case 'drop':
      return other;
    case 'tweak':
      return tweaked(value, text, number) ?? other;
    case 'add':
      if (Array.isArray(value)) return [...value, other];
      return typeof value === 'object' && value !== null
        ? fromMembers([...Object.entries(value), [name, other]])
        : [value, other];
  }
}

/** Another value of the same type. */
function tweaked(value: unknown, text: string, number: unknown): unknown {
  if (typeof value === 'string') return text;
  if (typeof value === 'number') return number;
  return typeof value === 'boolean' ? !value : undefined;
}

/** Also a member named `__proto__` is the object's own. */
function fromMembers(members: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.fromEntries(members);
}
