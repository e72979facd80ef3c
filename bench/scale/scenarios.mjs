/** What nodes offer, and what is asked of them. */

/**
 * @typedef {{ id: string, concurrency: number, models?: string[], features?: string[] }} Service
 * @typedef {{ service: Service, languages?: string[], isBusy?: boolean }} Offer
 * @typedef {object} Scenario
 * @property {string} label
 * @property {(number: number, count: number) => Offer} offer of the node of that number, of so many
 * @property {{ service: string, params: Record<string, unknown>, demands?: { features?: string[] } }} placement
 */

const CONCURRENCY = 8;
/** The node that alone can do it: the last, which a look at all of them finds last. */
const isLast = (/** @type {number} */ number, /** @type {number} */ count) => number === count - 1;
const llm = (/** @type {string[]} */ models, /** @type {string[]} */ features = []) => ({
  service: { id: 'llm', concurrency: CONCURRENCY, models, features },
});

/** @type {Readonly<Record<string, Scenario>>} */
export const SCENARIOS = {
  any: {
    label: 'any node',
    offer: () => ({ service: { id: 'echo', concurrency: CONCURRENCY } }),
    placement: { service: 'echo', params: {} },
  },
  model: {
    label: 'a model that one node in ten has',
    offer: (number) => llm([`model-${number % 10}`]),
    placement: { service: 'llm', params: { model: 'model-3' } },
  },
  'rare-model': {
    label: 'a model that one node has',
    offer: (number, count) => llm([isLast(number, count) ? 'rare' : 'common']),
    placement: { service: 'llm', params: { model: 'rare' } },
  },
  'rare-feature': {
    label: 'an ability that one node has',
    offer: (number, count) => llm(['common'], isLast(number, count) ? ['tools', 'json'] : ['tools']),
    placement: { service: 'llm', params: { model: 'common' }, demands: { features: ['json'] } },
  },
  'rare-language': {
    label: 'a language that one node speaks',
    offer: (number, count) => ({
      service: { id: 'translate', concurrency: CONCURRENCY },
      languages: isLast(number, count) ? ['en', 'is'] : ['en', 'de'],
    }),
    placement: { service: 'translate', params: { source_language: 'en', target_language: 'is' } },
  },
  busy: {
    label: 'all nodes busy but one',
    offer: (number, count) => ({
      service: { id: 'echo', concurrency: CONCURRENCY },
      isBusy: !isLast(number, count),
    }),
    placement: { service: 'echo', params: {} },
  },
  refused: {
    label: 'nobody can: refused with reasons',
    offer: () => llm(['common'], ['tools']),
    placement: { service: 'llm', params: { model: 'common' }, demands: { features: ['vision'] } },
  },
};
