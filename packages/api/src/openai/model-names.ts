import { DomainError, type OfferedModel } from '@plexus/core';
import { Refusal } from '../dialect.ts';
import { badRequest } from './words.ts';

/** Names that stand for whatever model a service has, by service. Source: contract/openai.md. */
const ALIASES: Readonly<Record<string, string>> = { llm: 'default', embedding: 'embedding' };
/** Services whose alias is one model, the first by its name: vectors of two models cannot be compared. */
const OF_ONE_MODEL = new Set(['embedding']);
/** Models that a refusal names at most. */
const MAX_NAMED = 20;

interface BoundToNodes {
  readonly only?: readonly string[] | null | undefined;
  readonly ignore?: readonly string[] | null | undefined;
  readonly allow_fallbacks?: boolean | null | undefined;
}

interface Wanted {
  readonly model: string;
  readonly models?: readonly string[] | null | undefined;
  readonly provider?: BoundToNodes | null | undefined;
}

/** A service, and models of it. */
interface Served {
  readonly service: string;
  /** That connected nodes serve, by name. */
  readonly known: readonly OfferedModel[];
  /** Whether a node served it until a short while ago. */
  readonly isLost: (model: string) => boolean;
}

/** What a job's engine must be able to do: features, each with the parameter that asks for it. */
export type Wants = Readonly<Record<string, string>>;

/**
 * The names under which a request's models go to the network, the best first: those that nodes serve with all that is
 * wanted. None where the alias stands among the names, and nothing better before it, and any model will do.
 *
 * @throws {DomainError} MODEL_NOT_FOUND
 * @throws {Refusal} when no model can do what a parameter asks for
 */
export function ableNames(wanted: Wanted, wants: Wants, { service, ...models }: Served): readonly string[] {
  const { known } = models;
  const names = [...new Set([wanted.model, ...(wanted.models ?? [])])];
  const alias = ALIASES[service];
  const anyAt = alias === undefined ? -1 : names.indexOf(alias);
  const named = anyAt === -1 ? names : names.slice(0, anyAt);
  const served = known.filter(({ id }) => named.includes(id));
  const canAll = ({ features }: OfferedModel): boolean => Object.keys(wants).every((one) => features.includes(one));
  const able = served.filter(canAll);
  if (able.length > 0) return named.filter((name) => able.some(({ id }) => id === name));
  if (anyAt === -1 && served.length === 0) return unserved(named, models);
  requireFeatures(anyAt === -1 ? served : known, wants);
  // Each feature is there, though not with one model: the scheduler tells what is missing where.
  if (anyAt === -1) return named;
  const first = OF_ONE_MODEL.has(service) && !isBoundToNodes(wanted) ? known.find(canAll) : undefined;
  return first ? [first.id] : [];
}

/** Names that are not served now, where the network is to say whether they may be in a moment. */
function unserved(names: readonly string[], { known, isLost }: Omit<Served, 'service'>): readonly string[] {
  if (known.length === 0 || names.some(isLost)) return names;
  throw notFound(names[0] ?? '', known);
}

/** Whoever leaves out nodes takes a model that the others have. */
function isBoundToNodes({ provider }: Wanted): boolean {
  const { only, ignore, allow_fallbacks: fallbacks } = provider ?? {};
  return Boolean(only ?? ignore) || fallbacks === false;
}

/** Refuses what none of the models can do. Without any model the scheduler tells what is missing. */
function requireFeatures(offered: readonly OfferedModel[], wants: Wants): void {
  if (offered.length === 0) return;
  for (const [feature, param] of Object.entries(wants)) {
    if (offered.some(({ features }) => features.includes(feature))) continue;
    const names = offered.slice(0, MAX_NAMED).map(({ id }) => id);
    const message = `Unsupported parameter: '${param}': no node serves ${names.join(', ')} with "${feature}"`;
    throw new Refusal(message, badRequest(message, 'unsupported_parameter', param));
  }
}

/** Every model under its own name, and the aliases of services that have one. */
export function withAliases(models: readonly OfferedModel[]): readonly OfferedModel[] {
  const aliases = Object.entries(ALIASES).flatMap(([service, id]) => {
    const behind = models.filter((model) => model.service === service);
    if (behind.length === 0) return [];
    const features = [...new Set(behind.flatMap((model) => model.features))];
    return [{ id, service, nodes: Math.max(...behind.map(({ nodes }) => nodes)), features }];
  });
  const names = new Set(aliases.map(({ id }) => id));
  return [...aliases, ...models.filter(({ id }) => !names.has(id))];
}

export function notFound(model: string, known: readonly OfferedModel[]): DomainError {
  const available = known.slice(0, MAX_NAMED).map(({ id }) => id);
  const there = available.length > 0 ? `there are ${available.join(', ')}` : 'no connected node serves any';
  const message = `No connected node serves the model "${model}"; ${there}`;
  return new DomainError('MODEL_NOT_FOUND', message, { model, available });
}
