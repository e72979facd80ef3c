import type { cocoonEndpoints } from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import type { CocoonDeps } from './deps.ts';
import { given } from './input.ts';
import { toParticipant } from './views.ts';

type ParticipantHandlers = Pick<
  Handlers<typeof cocoonEndpoints>,
  'listParticipants' | 'getParticipant' | 'createParticipant' | 'getParticipantByWallet'
>;

export function participantHandlers({ participants }: Pick<CocoonDeps, 'participants'>): ParticipantHandlers {
  return {
    async listParticipants({ query: { limit = 1000, offset = 0 } }, { caller }) {
      return (await participants.list(caller, { limit, offset })).map(toParticipant);
    },

    async getParticipant({ params }, { caller }) {
      return toParticipant(await participants.get(caller, params.participant_id));
    },

    async createParticipant({ body }, { caller, idempotency }) {
      const { ton_wallet_address: wallet, telegram_user_id: telegramUserId, username, email } = body;
      const optional = given({ telegramUserId, username, email, isOperator: body.is_operator, idempotency });
      return toParticipant(await participants.create(caller, { wallet, ...optional }));
    },

    async getParticipantByWallet({ params }, { caller }) {
      return toParticipant(await participants.getByWallet(caller, params.wallet_address));
    },
  };
}
