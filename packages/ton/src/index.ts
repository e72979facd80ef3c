export { rawAddress } from './raw-address.ts';
export type { ProofFault, ProofTerms, ProofVerdict, TonProof } from './ton-proof.ts';
export { checkTonProof } from './ton-proof.ts';
