/** How a journal entry is named. Source: seed 000, "tx-001". */
export function transactionId(sequence: number): string {
  return `tx-${String(sequence).padStart(6, '0')}`;
}
