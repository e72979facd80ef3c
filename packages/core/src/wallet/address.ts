const ADDRESS = /^0x[0-9a-f]{40}$/i;
const DIGITS = 40;

/**
 * The address of an account, `0x` and 40 hexadecimal digits. It follows from the account's id, so that it stays the same
 * when keys are replaced, and tells nothing of it.
 *
 * @param hashText SHA-256 of a text in lower-case hex
 * @see contract/neuroshard.md, "Wallet"
 */
export function addressOf(hashText: (text: string) => string, accountId: string): string {
  return `0x${hashText(`plexus address v1\n${accountId}`).slice(-DIGITS)}`;
}

/** An address as it is kept: its letters are small. Undefined when the text is none. */
export function readAddress(text: string): string | undefined {
  return ADDRESS.test(text) ? text.toLowerCase() : undefined;
}
