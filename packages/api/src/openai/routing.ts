import type { Routing, SubmitJob } from '@plexus/core';
import { type Input, MICRO_PER_CREDIT, type openAiEndpoints } from '@plexus/protocol';
import { Refusal } from '../dialect.ts';
import { badRequest } from './words.ts';

type Body = Input<typeof openAiEndpoints.createEmbedding>['body'];
type Provider = NonNullable<Body['provider']>;
type MaxPrice = NonNullable<Provider['max_price']>;

/** What a request says about where its job runs, and when. */
export function placeOf({
  provider,
  priority,
}: Pick<Body, 'provider' | 'priority'>): Pick<SubmitJob, 'routing' | 'priority'> {
  return { ...(provider && { routing: routingOf(provider) }), ...(priority && { priority }) };
}

function routingOf(provider: Provider): Routing {
  const { order, ignore, sort, max_price: price } = provider;
  const only = onlyOf(provider);
  return {
    ...(order && { order }),
    ...(only && { only }),
    ...(ignore && { ignore }),
    ...(sort && { sort }),
    ...(typeof price !== 'undefined' && price !== null && maximumOf(price)),
  };
}

/** Without fall-backs the nodes of `order` are the only ones. */
function onlyOf({ order, only, allow_fallbacks: fallbacks }: Provider): readonly string[] | null | undefined {
  const isStrict = fallbacks === false;
  if (isStrict && !order && !only) {
    throw refusal('provider.allow_fallbacks', "(false) needs 'provider.order' or 'provider.only'");
  }
  const left = isStrict && order ? order.filter((node) => only?.includes(node) ?? true) : only;
  if (left?.length === 0) throw refusal('provider', 'leaves no node that may answer');
  return left;
}

function refusal(param: string, why: string): Refusal {
  const message = `Unsupported parameter: '${param}' ${why}`;
  return new Refusal(message, badRequest(message, 'unsupported_parameter', param));
}

/** Prompt and answer cost the same here, so that the lower maximum holds for both. */
function maximumOf(price: MaxPrice): Pick<Routing, 'maxUnitPrice'> {
  const prices = typeof price === 'object' ? [price.prompt, price.completion] : [price];
  const [first, ...others] = prices.flatMap((value) => (value === null || value === undefined ? [] : [toMicro(value)]));
  if (first === undefined) return {};
  return { maxUnitPrice: others.reduce((lowest, value) => (value < lowest ? value : lowest), first) };
}

/**
 * Credits as they were written, in micro-credits. Prices are whole micro-credits, so that the fraction of one can be
 * dropped from a maximum.
 *
 * @param credits a number is read by its shortest text, which is what its sender wrote
 */
export function toMicro(credits: number | string): bigint {
  const [mantissa = '0', exponent = '0'] = String(credits).split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  const digits = BigInt(whole + fraction) * MICRO_PER_CREDIT;
  const scale = Number(exponent) - fraction.length;
  return scale >= 0 ? digits * 10n ** BigInt(scale) : digits / 10n ** BigInt(-scale);
}
