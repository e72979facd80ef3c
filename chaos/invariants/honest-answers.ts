import type { Invariant } from './invariant.ts';

/** The prefix of the names that a lying node goes by. */
const LIAR = 'liar';

/** A wrong answer comes from a node that lied, and that signed for it: no fault makes an honest one wrong. */
export const honestAnswers: Invariant = {
  name: 'no honest node gave a wrong answer',
  when: 'always',
  judge({ scene: { network, load } }) {
    const wrong = [...load.tally.wrongAnswers].map((jobId) => ({ jobId, node: network.leases.holderOf(jobId) }));
    return wrong
      .filter(({ node }) => !node?.startsWith(LIAR))
      .map(({ jobId, node }) => `job ${jobId} was answered wrongly by ${node}`);
  },
};
