/** What a TON is worth in USD when a payment is written down; nothing where nobody says so. */
export type PriceSource = () => Promise<number | undefined>;

/** Nobody waits for longer than this to learn a price. */
const ASK_MS = 10_000;

/** What a coordinator takes for one: others are refused before anything is sent. */
const HIGHEST_USD = 1_000_000;

/** Whether a TON may be worth so many USD. */
export function isPrice(usd: number): boolean {
  return usd > 0 && usd <= HIGHEST_USD;
}

interface SourceOptions {
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
  /** Told why there is no price. */
  readonly say: (text: string) => void;
}

/** @param source a price; or the address of JSON, whose fragment is a JSON Pointer (RFC 6901) to the price in it */
export function priceSourceOf(source: number | URL | undefined, options: SourceOptions): PriceSource {
  if (!(source instanceof URL)) return async () => source;
  return async () => {
    try {
      return await askPrice(source, options);
    } catch (error) {
      if (options.signal.aborted) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      options.say(`No price from ${source.host}, so the worth in USD stays open: ${reason}`);
      return undefined;
    }
  };
}

async function askPrice(source: URL, { fetch, signal }: SourceOptions): Promise<number> {
  const response = await fetch(source, { signal: AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]) });
  if (!response.ok) throw new Error(`it answered with status ${response.status}`);
  const pointer = decodeURIComponent(source.hash.slice(1));
  const found = pointed(await response.json(), pointer);
  const price = typeof found === 'string' ? Number(found) : found;
  if (typeof price === 'number' && isPrice(price)) return price;
  throw new Error(`there is no price at "${pointer}"`);
}

/** Source: RFC 6901, section 4. */
function pointed(document: unknown, pointer: string): unknown {
  let value = document;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    const isThere = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
    value = isThere ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
  }
  return value;
}
