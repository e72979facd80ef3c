import { type ReceiptCrypto, type VerifyOptions, type VerifyReport, verifyReceipt as check } from '@plexus/protocol';

/** What the caller knows of his own accord, and the crypto to use, where it is not to be ours. */
export interface VerifyReceiptOptions extends VerifyOptions {
  readonly crypto?: ReceiptCrypto;
}

/**
 * Checks a receipt offline. It proves what was claimed and billed, not that the work's result is right.
 * Without `coordinatorKey` a report says only that the receipt agrees with itself.
 */
export async function verifyReceipt(receipt: unknown, options: VerifyReceiptOptions = {}): Promise<VerifyReport> {
  const crypto = options.crypto ?? (await import('./receipt-crypto.ts')).receiptCrypto;
  return check(crypto, receipt, options);
}
