export type { PayoutWallet, TonNetwork } from './payout-wallet.ts';
export { walletOfSeed, walletOfWords } from './payout-wallet.ts';
export { rawAddress } from './raw-address.ts';
export type { PayoutBook, PlanView } from './send-payouts.ts';
export { sendPayouts } from './send-payouts.ts';
export type { ProofFault, ProofTerms, ProofVerdict, TonProof } from './ton-proof.ts';
export { checkTonProof } from './ton-proof.ts';
export type { TonChain, WalletOnChain } from './ton-chain.ts';
export { createToncenter } from './ton-chain.ts';
