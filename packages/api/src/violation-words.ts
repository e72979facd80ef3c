import type { ErrorObject } from 'ajv';

/** Up to the forms of the outermost union that a place in a schema is in. */
const UNION = /^.*?\/anyOf\//;

/**
 * Everything that is wrong, and first what tells most: of a value that may have several forms, what is wrong deepest in
 * it, because in the other forms it is wrong as a whole; and rather what is wrong with a value of the right type.
 */
export function tellingFirst(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const [first] = errors;
  const union = first && UNION.exec(first.schemaPath)?.[0];
  if (union === undefined) return errors;
  const forms = errors.filter(({ schemaPath }) => schemaPath.startsWith(union));
  const deepest = forms.reduce((best, error) => (nearness(error) > nearness(best) ? error : best));
  return withFirst(errors, deepest);
}

/** The same errors, that one before the others. */
export function withFirst(errors: readonly ErrorObject[], first: ErrorObject): readonly ErrorObject[] {
  return [first, ...errors.filter((error) => error !== first)];
}

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
    case 'type':
      return `must be ${kindsOf(errors, first).join(' or ')}`;
    case 'pattern':
      return `${first.message ?? ''}${described(first)}`;
    default:
      return first.message;
  }
}

/** A union of kinds of values fails once for each of them. */
function kindsOf(errors: readonly ErrorObject[], { instancePath }: ErrorObject): readonly string[] {
  const alike = errors.filter((error) => error.keyword === 'type' && error.instancePath === instancePath);
  return [...new Set(alike.map(({ params }) => String(params['type'])))];
}

function nearness({ instancePath, keyword }: ErrorObject): number {
  return instancePath.split('/').length * 2 + (keyword === 'type' || keyword === 'anyOf' ? 0 : 1);
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
