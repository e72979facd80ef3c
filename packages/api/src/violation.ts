import type { SchemaViolation } from './validators.ts';

/** Says of the first thing that is wrong where it is, as the domain does for what only it can find. */
export function describeViolation({ part, errors, message }: SchemaViolation): {
  readonly message: string;
  readonly details: { readonly field: string; readonly part: string };
} {
  const [first] = errors;
  const name = first?.keyword === 'required' ? `/${String(first.params['missingProperty'])}` : '';
  const field = `${first?.instancePath ?? ''}${name}`.slice(1).replaceAll('/', '.') || part;
  return { message: `${field}: ${message}`, details: { field, part } };
}
