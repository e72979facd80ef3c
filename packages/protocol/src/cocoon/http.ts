/** The Cocoon manager, one entry an endpoint. Source: seed 001. */
import { loginEndpoints } from './login.ts';
import { participantEndpoints } from './participants.ts';
import { payoutEndpoints } from './payouts.ts';
import { workerEndpoints } from './workers.ts';

export const cocoonEndpoints = { ...workerEndpoints, ...participantEndpoints, ...payoutEndpoints, ...loginEndpoints };
