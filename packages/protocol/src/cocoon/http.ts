/** The Cocoon manager, one entry an endpoint. Source: seed 001. */
import { participantEndpoints } from './participants.ts';
import { payoutEndpoints } from './payouts.ts';
import { workerEndpoints } from './workers.ts';

export const cocoonEndpoints = { ...workerEndpoints, ...participantEndpoints, ...payoutEndpoints };
