import type { TLocalizedValidationError } from 'typebox/error';

/** What is wrong with a value, in words that name the values that may be; typebox's own words count them only. */
export function schemaWords(error: TLocalizedValidationError | undefined): string {
  if (error?.keyword === 'enum') return `must be one of ${error.params.allowedValues.join(', ')}`;
  return error?.message ?? 'is wrong';
}
