/** Why a coordinator that is there is not to be had under the address that it was called by. */
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

/** Whether it was called by https and speaks plain HTTP. The words are OpenSSL's. */
export function isPlainHttp(message: string): boolean {
  return /wrong version number|packet length too long/.test(message);
}
