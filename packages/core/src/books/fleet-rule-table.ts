import type { FleetCommand } from '../fleet/fleet-commands.ts';
import type { NewPayout } from '../fleet/payout.ts';
import { addParticipant, addPayout, addWorker, changeWorker, keepPlan, keepSeries } from './fleet-rules.ts';
import type { RulesOf } from './rule.ts';
import { touchClaim, type Touched } from './touched.ts';

/** How commands of the fleet are applied. */
export const FLEET_RULES: RulesOf<FleetCommand['type']> = {
  addParticipant: {
    touch({ participant, claim }, into) {
      into.fleetCounters.add('participant');
      into.wallets.add(participant.rawWallet);
      touchClaim(claim, into);
    },
    apply: addParticipant,
  },
  addWorker: {
    touch({ worker: { participantId, nodeId }, claim }, into) {
      into.fleetCounters.add('worker');
      into.participants.add(String(participantId));
      if (nodeId !== undefined) into.nodeWorkers.add(nodeId);
      touchClaim(claim, into);
    },
    apply: addWorker,
  },
  changeWorker: { touch: ({ workerId }, into) => void into.workers.add(String(workerId)), apply: changeWorker },
  addPayout: {
    touch({ payout, claim }, into) {
      touchPayout(payout, into);
      touchClaim(claim, into);
    },
    apply: addPayout,
  },
  keepSeries: { touch: () => undefined, apply: keepSeries },
  keepPlan: {
    touch({ plan, payouts, basis }, into) {
      into.fleetCounters.add('plan');
      into.plans.add(plan.id);
      if (basis?.lastPlanId !== undefined) into.plans.add(basis.lastPlanId);
      for (const payout of payouts) touchPayout(payout, into);
    },
    apply: keepPlan,
  },
};

function touchPayout({ participantId, transactionHash }: NewPayout, into: Touched): void {
  into.fleetCounters.add('payout');
  into.participants.add(String(participantId));
  into.payoutHashes.add(transactionHash);
}
