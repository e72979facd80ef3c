import { parseCredits, type ReceiptPayload } from '@plexus/protocol';

/** What of a receipt's price is a node's, in micro-credits: all of it, unless other nodes made a part of the stream. */
export function partOfPrice({ price, units, metadata }: ReceiptPayload, nodeId: string): bigint {
  const whole = parseCredits(price);
  const { segments } = metadata;
  if (typeof segments !== 'string' || units === 0) return whole;
  let own = 0n;
  for (const segment of segments.split(' ')) {
    const colon = segment.lastIndexOf(':');
    if (segment.slice(0, colon) === nodeId) own += BigInt(segment.slice(colon + 1));
  }
  return (whole * own) / BigInt(units);
}
