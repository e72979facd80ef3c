/** Work that was paid for is proven by its receipt: the proof bears that one's name. */
export function proofIdOf(receiptId: string): string {
  return receiptId.replace(/^receipt_/, 'proof_');
}
