import { randomUUID } from 'node:crypto';

/** Ids of one millisecond that are told apart by their order. Source: RFC 9562, section 6.2, method 1. */
const MAX_SEQUENCE = 0xfff;
/** The variant and the 62 random bits of a UUID are its end. */
const RANDOM_AT = 19;

let lastMs = 0;
let sequence = 0;

/**
 * Time-ordered ids (UUID version 7, RFC 9562): lists by id are lists by time, and new rows go to one end. The random
 * bits are those of a version 4, which Node.js draws many at a time.
 */
export function newId(): string {
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    sequence = 0;
  } else if (++sequence > MAX_SEQUENCE) {
    lastMs += 1;
    sequence = 0;
  }
  const time = lastMs.toString(16).padStart(12, '0');
  const order = sequence.toString(16).padStart(3, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${order}-${randomUUID().slice(RANDOM_AT)}`;
}
