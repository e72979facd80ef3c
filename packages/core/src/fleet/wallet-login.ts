/** What a wallet proved. */
interface WalletToken {
  /** To be shown as a key is. */
  readonly token: string;
  readonly expiresAt: Date;
  readonly rawAddress: string;
}

/** A proof as TON Connect has it; `stateInit` and `signature` in base64. */
interface WalletProof {
  readonly address: string;
  readonly timestamp: number;
  readonly domain: { readonly lengthBytes: number; readonly value: string };
  readonly payload: string;
  readonly signature: string;
  readonly stateInit: string;
}

/** Lets the owners of wallets in. */
export interface WalletLogin {
  /** What is to be signed next: each is good once. */
  payload(): { readonly payload: string; readonly expiresAt: Date };
  /** @throws {DomainError} INVALID_INPUT: what does not hold */
  enter(proof: WalletProof): Promise<WalletToken>;
}
