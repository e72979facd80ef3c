import { DomainError, type OfferedModel, type SubmitJob } from '@plexus/core';
import { Refusal } from '../dialect.ts';
import { badRequest } from './words.ts';

/** Names that stand for whatever model a service has, by service. Source: contract/openai.md. */
const ALIASES: Readonly<Record<string, string>> = { llm: 'default', embedding: 'embedding' };
/** Models that a refusal names at most. */
const MAX_NAMED = 20;

/** Models that may do a job. */
export interface ModelChoice {
  /** Asked for by name, the best first; none when any will do. */
  readonly names: readonly string[];
  /** Those that connected nodes serve. */
  readonly offered: readonly OfferedModel[];
}

interface Wanted {
  readonly model: string;
  readonly models?: readonly string[] | null | undefined;
}

/**
 * Finds what a request asks for among the models of a service.
 *
 * @throws {DomainError} MODEL_NOT_FOUND
 */
export function chooseModel(wanted: Wanted, service: string, models: readonly OfferedModel[]): ModelChoice {
  const known = models.filter((model) => model.service === service);
  const names = [...new Set([wanted.model, ...(wanted.models ?? [])])];
  const alias = ALIASES[service];
  const anyAt = alias === undefined ? -1 : names.indexOf(alias);
  const named = anyAt === -1 ? names : names.slice(0, anyAt);
  const offered = known.filter(({ id }) => named.includes(id));
  if (offered.length > 0) return { names: named, offered };
  if (anyAt !== -1) return { names: [], offered: known };
  throw notFound(wanted.model, known);
}

/** What a choice says in a submission; the alias says nothing, so that any model is taken. */
export function modelOf({ names }: ModelChoice): { model?: string; models?: SubmitJob['models'] } {
  const [model, ...others] = names;
  if (model === undefined) return {};
  return others.length > 0 ? { models: names } : { model };
}

/**
 * Refuses what none of the models can do. Without any model the scheduler tells what is missing.
 *
 * @param wants features, each with the parameter that asks for it
 * @throws {Refusal}
 */
export function requireFeatures({ offered }: ModelChoice, wants: Readonly<Record<string, string>>): void {
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
  return new DomainError('MODEL_NOT_FOUND', `No connected node serves the model '${model}'`, { model, available });
}
