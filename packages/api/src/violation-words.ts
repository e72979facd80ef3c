import type { ErrorObject } from 'ajv';

/**
 * What is to be said of the first thing that is wrong: which values there are, or what a text must look like, as its
 * schema's description has it; else Ajv's own words. Undefined when nothing is wrong.
 *
 * @param errors everything that is wrong, as Ajv found it with `verbose` and `allErrors`
 */
export function wordsOf(errors: readonly ErrorObject[]): string | undefined {
  const [first] = errors;
  if (!first) return undefined;
  switch (first.keyword) {
    case 'required':
      return 'is missing';
    case 'enum':
      return mustBe(first.schema);
    case 'const':
      return mustBe(errors.filter((error) => isConstantOf(error, first)).map(({ schema }) => schema));
    case 'pattern':
      return `${first.message ?? ''}${described(first)}`;
    default:
      return first.message;
  }
}

/** A union of constants fails once for each of them. */
function isConstantOf({ keyword, instancePath }: ErrorObject, other: ErrorObject): boolean {
  return keyword === 'const' && instancePath === other.instancePath;
}

function mustBe(values: unknown): string {
  const [only, ...others] = Array.isArray(values) ? values.map(String) : [];
  return others.length === 0 ? `must be ${only}` : `must be one of ${[only, ...others].join(', ')}`;
}

function described({ parentSchema }: ErrorObject): string {
  const description: unknown = parentSchema?.['description'];
  return typeof description === 'string' ? `: ${description}` : '';
}
