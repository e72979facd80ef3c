/** The beginning that ids made at a time have, before all ids made later. Source: RFC 9562, UUID version 7. */
export function idAt(time: Date): string {
  const hex = Math.max(0, time.getTime()).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}
