import { Address } from '@ton/core';

/** Raw: a workchain and 64 hex digits. */
const RAW = /^-?\d{1,10}:[0-9a-f]{64}$/i;
/** Friendly: 36 bytes in base64, of either alphabet. */
const FRIENDLY = /^[A-Za-z0-9+/_-]{48}$/;

/**
 * A TON address in raw form, `0:` and 64 hex digits, whichever of its forms it was given in. Source: TON's documentation,
 * "Smart contract addresses".
 *
 * @returns undefined where the text is no address, or its checksum is wrong
 */
export function rawAddress(text: string): string | undefined {
  try {
    if (RAW.test(text)) return Address.parseRaw(text.toLowerCase()).toRawString();
    return FRIENDLY.test(text) ? Address.parseFriendly(text).address.toRawString() : undefined;
  } catch {
    return undefined;
  }
}
