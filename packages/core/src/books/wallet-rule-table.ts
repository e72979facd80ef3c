import type { StakeCredits, UnstakeCredits } from '../wallet/wallet-commands.ts';
import type { RulesOf } from './rule.ts';
import { touchClaim, type Touched } from './touched.ts';
import { matureCooldown, nameAddress, sendCredits, stakeCredits, unstakeCredits } from './wallet-rules.ts';

type WalletCommand = 'nameAddress' | 'sendCredits' | 'stakeCredits' | 'unstakeCredits' | 'matureCooldown';

/** How commands of wallets are applied. */
export const WALLET_RULES: RulesOf<WalletCommand> = {
  nameAddress: {
    touch({ address, accountId }, into) {
      into.accounts.add(accountId).add(address);
      into.addresses.add(address);
    },
    apply: nameAddress,
  },
  sendCredits: {
    touch({ accountId, keyId, payeeId, feesId, claim }, into) {
      into.accounts.add(accountId).add(payeeId).add(feesId);
      into.keys.add(keyId);
      touchClaim(claim, into);
    },
    apply: (draft, command) => ({ answer: sendCredits(draft, command) }),
  },
  stakeCredits: {
    touch: touchStake,
    apply: (draft, command) => ({ answer: stakeCredits(draft, command) }),
  },
  unstakeCredits: {
    touch: touchStake,
    apply: (draft, command) => ({ answer: unstakeCredits(draft, command) }),
  },
  matureCooldown: {
    touch({ cooldownId, accountId }, into) {
      into.accounts.add(accountId);
      into.cooldowns.add(cooldownId);
    },
    apply: matureCooldown,
  },
};

function touchStake({ accountId, keyId, claim }: StakeCredits | UnstakeCredits, into: Touched): void {
  into.accounts.add(accountId);
  into.keys.add(keyId);
  into.stakes.add(accountId);
  touchClaim(claim, into);
}
