import { parseQuantity } from '@plexus/protocol';
import { invalid } from './refusals.ts';

/** In one processor. */
export const THOUSANDTHS = 1000;

/**
 * A Kubernetes quantity as a whole number of its smallest parts.
 *
 * @param field where it stands
 * @throws {DomainError} INVALID_INPUT
 */
export function quantity(field: string, text: string, scale = 1): number {
  try {
    return parseQuantity(text, scale);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalid({ field, message: error.message });
  }
}
