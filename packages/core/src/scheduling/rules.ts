import { formatCredits, serviceFor } from '@plexus/protocol';
import { askedBy, fullAt, keptFrom, type PendingFor } from '../jobs/node-containers.ts';
import type { LiveNode } from '../nodes/live-node.ts';
import { languageOf, modelOf, type Placement } from './candidates.ts';
import { baseLanguage } from './ready-index.ts';
import { missingResource } from './resources.ts';

/** Why a node cannot have a task; nothing where it can. */
export type Rules = (node: LiveNode, placement: Placement) => string | undefined;

/** What rules a node out for a task, whatever its load. */
export function ruleOut(node: LiveNode, placement: Placement): string | undefined {
  const barred = barredFrom(node, placement) ?? keptContainer(node, placement);
  // The miner of an offer said itself that it does such jobs, and has a price for the whole.
  if (barred !== undefined || placement.demands?.offerId !== undefined) return barred;
  const { service, params, demands } = placement;
  const { unitType } = serviceFor(service);
  if (unitType !== 'request' && !node.speaksPlexus) return `does not count ${unitType}s`;
  const missing = missingAbility(node, placement) ?? missingLanguage(node, params) ?? tooDearAt(node, placement);
  if (missing !== undefined || !demands?.resources) return missing;
  return missingResource(node, demands.resources);
}

/** The same, and which of its containers has too much to do now. */
export function createRules(pendingFor: PendingFor): Rules {
  return (node, placement) => {
    const { agreed, offerId } = placement.demands ?? {};
    const ruledOut = ruleOut(node, placement);
    // What was agreed with the node found room there before, and counts since then; its own offer is its own word.
    if (ruledOut !== undefined || agreed || offerId !== undefined) return ruledOut;
    return fullAt(node, placement, pendingFor);
  };
}

function barredFrom({ record, draining }: LiveNode, { tried, demands }: Placement): string | undefined {
  if (tried.has(record.id)) return 'has already had its turn';
  if (draining) return 'draining';
  return demands?.ignore?.includes(record.id) ? 'is to be ignored' : undefined;
}

/** What its engine or its model lacks. */
function missingAbility(node: LiveNode, { service, params, demands, begun }: Placement): string | undefined {
  const slots = node.services.get(service);
  const model = modelOf(params);
  if (model !== undefined && !slots?.models.includes(model)) return `does not serve the model "${model}"`;
  const missing = demands?.features?.find((feature) => !slots?.features.includes(feature));
  if (missing !== undefined) return `its engine has no "${missing}"`;
  if (!begun) return undefined;
  if (!slots?.features.includes('resume')) return 'cannot go on with what another node began';
  return slots.weights[begun.model] === begun.weights ? undefined : 'has other weights than the node that began';
}

/** What keeps a node's containers from a client that has not agreed with it. */
function keptContainer(node: LiveNode, placement: Placement): string | undefined {
  return placement.demands?.agreed ? undefined : keptFrom(node, placement);
}

/** What keeps a node from doing it at the job's price. */
function tooDearAt(node: LiveNode, placement: Placement): string | undefined {
  const { service, unitPrice = 0n, demands } = placement;
  if (demands?.agreed) return undefined;
  const asked = askedBy(node, placement);
  const price = serviceFor(service).unitPriceMicro + asked;
  return asked > 0n && price > unitPrice ? `asks ${formatCredits(price)} credits for its containers` : undefined;
}

function missingLanguage({ record: { languages } }: LiveNode, params: Placement['params']): string | undefined {
  for (const name of ['source_language', 'target_language']) {
    const wanted = languageOf(params[name]);
    if (wanted === undefined || languages.length === 0) continue;
    if (!languages.some((language) => baseLanguage(language) === wanted)) return `does not speak "${wanted}"`;
  }
  return undefined;
}
