import { acceptOffer, closeOffers, createOffer, withdrawOffer } from '../marketplace/offer-rules.ts';
import type { RulesOf } from './rule.ts';
import { touchClaim } from './touched.ts';

/** How commands of the marketplace are applied. */
export const OFFER_RULES: RulesOf<'createOffer' | 'withdrawOffer' | 'closeOffers' | 'acceptOffer'> = {
  createOffer: {
    touch({ offer, claim }, into) {
      into.offers.add(offer.id);
      touchClaim(claim, into);
    },
    apply: createOffer,
  },
  withdrawOffer: { touch: ({ offerId }, into) => void into.offers.add(offerId), apply: withdrawOffer },
  closeOffers: {
    touch({ offerIds }, into) {
      for (const offerId of offerIds) into.offers.add(offerId);
    },
    apply: closeOffers,
  },
  acceptOffer: {
    touch({ offerId, jobId, accountId, keyId, submittedBy, claim }, into) {
      into.accounts.add(accountId);
      into.keys.add(keyId);
      if (submittedBy !== undefined) into.keys.add(submittedBy);
      into.offers.add(offerId);
      into.acceptances.add(jobId);
      touchClaim(claim, into);
    },
    apply: acceptOffer,
  },
};
