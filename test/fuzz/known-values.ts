/** Values that exist in a network: ids, keys, names, as its own answers tell them. */
import { Ajv } from 'ajv';
import type { Known, Schema } from './json-schema.ts';

/** Texts that are longer are results, no names. */
const MAX_LENGTH = 200;
/** Values of one name that are kept. */
const MAX_VALUES = 12;

/** Names of what a list is in, whatever it is a list of. */
const LISTS: ReadonlySet<string> = new Set(['', 'items', 'data']);

export class KnownValues implements Known {
  names: readonly string[] = [];
  private readonly byName = new Map<string, Set<unknown>>();
  private readonly hidden = new Set<unknown>();
  private readonly ajv = new Ajv({ strict: false, validateFormats: false });

  /** @param hidden values that no request shall name, because what is asked of them must go on */
  hide(...hidden: readonly unknown[]): void {
    for (const value of hidden) this.hidden.add(value);
  }

  /**
   * Remembers every text and number of an answer under the name of its field.
   *
   * @param path of what was asked for: the `id` of something at `/jobs`, or in a list `jobs`, is known as `job_id`
   */
  harvest(answer: unknown, path: string, name = ''): void {
    if (typeof answer !== 'object' || answer === null) return this.add(name, answer);
    const list = /(\w+?)s?$/.exec(LISTS.has(name) ? path : name)?.[1] ?? '';
    for (const [member, value] of Object.entries(answer)) {
      const field = member === 'id' ? `${list}_id` : member;
      this.harvest(value, path, Array.isArray(answer) ? name : field);
    }
  }

  /** Only texts and numbers are remembered. */
  add(name: string, value: unknown): void {
    const isText = typeof value === 'string' && value !== '' && value.length <= MAX_LENGTH;
    if ((!isText && typeof value !== 'number') || this.hidden.has(value)) return;
    const values = this.byName.get(name) ?? new Set();
    this.byName.set(name, values);
    if (values.size < MAX_VALUES) values.add(value);
  }

  values(name: string, schema: Schema): readonly unknown[] {
    if (schema['type'] !== 'string' && schema['type'] !== 'integer') return [];
    const candidates = [...this.candidates(name)];
    // A schema is compiled only for what it is asked about.
    return candidates.filter((value) => this.ajv.validate(schema, value));
  }

  private *candidates(name: string): Iterable<unknown> {
    for (const one of [name, ...(RELATED[name] ?? [])]) yield* this.byName.get(one) ?? [];
  }
}

/** One thing under several names. */
const RELATED: Readonly<Record<string, readonly string[]>> = {
  task_type: ['service'],
  type: ['service'],
  service_id: ['service'],
  miner_id: ['node_id'],
  capability: ['service'],
  model: ['model_id'],
  models: ['model', 'model_id'],
  task_id: ['job_id'],
  job_id: ['task_id'],
  order: ['node_id'],
  only: ['node_id'],
  ignore: ['node_id'],
  after: ['job_id', 'key_id', 'node_id', 'next'],
  first: ['tree_size'],
  second: ['tree_size'],
  known_size: ['tree_size'],
};
