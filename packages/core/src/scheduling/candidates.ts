import type { Demands } from '../jobs/job.ts';
import type { LiveNode } from '../nodes/live-node.ts';
import { baseLanguage, type ReadyIndex } from './ready-index.ts';

/** What a node must fit. */
export interface Placement {
  readonly service: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Nodes that have had their turn at this job. */
  readonly tried: ReadonlySet<string>;
  readonly demands?: Demands | undefined;
  /** The model that a stream was begun with, and its weights: only they can go on with it. */
  readonly begun?: { readonly model: string; readonly weights: string } | undefined;
}

/** Which nodes come into question for a task, before anything is scored. */
export interface Candidates {
  /** Nodes that have a free place, by pools; of those that a client named, just these. */
  ready(placement: Placement): readonly (readonly LiveNode[])[];
  /** Of these nodes, in their order, the ones that have a free place. */
  named(ids: readonly string[], service: string): readonly LiveNode[];
  /** Every connected node that offers the service, busy or not. */
  offering(placement: Placement): readonly LiveNode[];
}

export function createCandidates(index: ReadyIndex): Candidates {
  function named(ids: readonly string[], service: string): readonly LiveNode[] {
    return ids.flatMap((id) => index.find(id) ?? []).filter((node) => hasPlace(node, service));
  }

  return {
    named,

    ready({ service, params, demands }) {
      const { only } = demands ?? {};
      if (only) return [named(only, service)];
      return index.readyFor(service, { language: languageOf(params['target_language']), model: modelOf(params) });
    },

    offering({ service, demands }) {
      const nodes = demands?.only?.flatMap((id) => index.find(id) ?? []);
      return nodes?.filter((node) => node.services.has(service)) ?? index.offering(service);
    },
  };
}

function hasPlace({ services, draining }: LiveNode, service: string): boolean {
  const slots = services.get(service);
  return slots !== undefined && slots.active < slots.concurrency && !draining;
}

/** The model that a task asks for, if it asks for one. */
export function modelOf(params: Placement['params']): string | undefined {
  const model = params['model'];
  return typeof model === 'string' ? model : undefined;
}

/** The language of a parameter, without its region. */
export function languageOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? baseLanguage(value) : undefined;
}
