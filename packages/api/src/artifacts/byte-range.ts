import type { ByteRange } from '@plexus/core';

/** What a Range header asks for: everything, one part, or what a file does not have. */
export type Asked = 'whole' | 'unsatisfiable' | ByteRange;

/** Reads a Range header; several ranges at once, and what is no range, count as none. Source: RFC 9110, section 14. */
export function askedRange(header: string | undefined, sizeBytes: number): Asked {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === undefined || to === undefined || from + to === '') return 'whole';
  if (from === '') return lastBytes(Number(to), sizeBytes);
  const first = Number(from);
  const last = to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1);
  if (to !== '' && Number(to) < first) return 'whole';
  return first >= sizeBytes ? 'unsatisfiable' : { first, last };
}

function lastBytes(count: number, sizeBytes: number): Asked {
  if (count === 0 || sizeBytes === 0) return 'unsatisfiable';
  return { first: Math.max(0, sizeBytes - count), last: sizeBytes - 1 };
}
