/** Why a coordinator that is there is not to be had under the address that it was called by. */
import { ALLOWED_HOST } from '@plexus/protocol';
import type { ApiError } from '@plexus/sdk';

/** Whether it was refused for its Host header. */
export function isForeignHost({ details }: ApiError): boolean {
  return details['needed'] === ALLOWED_HOST;
}
