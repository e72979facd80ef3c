/** Why a coordinator that is there is not to be had under the name that it was called by. */
import { ALLOWED_HOST } from '@plexus/protocol';
import type { ApiError } from '@plexus/sdk';

/** Whether it was refused for its Host header. */
export function isForeignHost({ details }: ApiError): boolean {
  return details['needed'] === ALLOWED_HOST;
}

/** Whether it was left because Node.js does not know who has signed its certificate. The words are OpenSSL's. */
export function isUnknownAuthority(message: string): boolean {
  return /self-signed certificate|issuer certificate|first certificate/.test(message);
}
