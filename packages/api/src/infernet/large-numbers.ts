/** The objects of a signed subscription: flat ones. What stands in a text has its quotes escaped, and is none of them. */
const PARTS = /(?<!\\)"(?:signature|subscription)"\s*:\s*\{[^{}]*\}/g;
/** What of them JavaScript's numbers do not hold. */
const LARGE = /((?<!\\)"(?:r|s|payment_amount)"\s*:\s*)(\d{16,78})(?=\s*[,}])/g;

/** Writes large numbers of signed subscriptions as texts: the original's own client sends them as numbers. */
export function largeNumbersAsTexts(body: string): string {
  return body.includes('"signature"') ? body.replace(PARTS, (part) => part.replace(LARGE, '$1"$2"')) : body;
}
