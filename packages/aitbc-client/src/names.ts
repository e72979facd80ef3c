/** Fields are `snake_case` on the wire and `camelCase` in JavaScript. What a schema does not name is a user's own, and stays. */
import type { TSchema } from 'typebox';
import { isObject } from '@plexus/protocol';

type CamelName<N extends string> = N extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelName<Tail>>}`
  : N;

/** A value with its fields in `camelCase`; maps of a user's own names are as they are. */
export type Camel<T> = T extends readonly (infer Item)[]
  ? Camel<Item>[]
  : T extends object
    ? string extends keyof T
      ? T
      : { [K in keyof T as K extends string ? CamelName<K> : K]: Camel<T[K]> }
    : T;

/** A value with its fields in either form. */
export type Either<T> = T | Camel<T>;

type Fields = Readonly<Record<string, unknown>>;

/** An answer as JavaScript names its fields. */
export function toCamel(schema: TSchema, value: unknown): unknown {
  return renamed(schema, value, (name) => ({ name: camelName(name), wireName: name }));
}

/** A request as the wire names its fields, whichever form they are given in. */
export function toSnake(schema: TSchema, value: unknown): unknown {
  return renamed(schema, value, (name, known) => {
    const wireName = name in known ? name : snakeName(name);
    return { name: wireName in known ? wireName : name, wireName };
  });
}

type Rename = (name: string, known: Fields) => { readonly name: string; readonly wireName: string };

function renamed(schema: unknown, value: unknown, rename: Rename): unknown {
  const form = formOf(schema, value);
  if (Array.isArray(value)) return value.map((item) => renamed(form['items'], item, rename));
  const known = fieldsOf(form['properties']);
  if (!isObject(value) || Object.keys(known).length === 0) return value;
  const entries = Object.entries(value).map(([own, field]) => {
    const { name, wireName } = rename(own, known);
    return [name, renamed(known[wireName], field, rename)];
  });
  return Object.fromEntries(entries) as unknown;
}

/** The schema itself, or that of its forms that a value has: of ours, all but one are of no fields. */
function formOf(schema: unknown, value: unknown): Fields {
  const whole = fieldsOf(schema);
  const forms = whole['anyOf'];
  if (!Array.isArray(forms) || value === null) return whole;
  return fieldsOf(forms.find((form) => 'properties' in fieldsOf(form) || 'items' in fieldsOf(form)));
}

function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {};
}

function camelName(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function snakeName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
