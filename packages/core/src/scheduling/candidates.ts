import type { Demands } from '../jobs/job.ts';
import { hasPlace, type LiveNode } from '../nodes/live-node.ts';
import { baseLanguage, type ReadyIndex, type Wanted } from './ready-index.ts';

/** What a node must fit. */
export interface Placement {
  readonly service: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Nodes that have had their turn at this job. */
  readonly tried: ReadonlySet<string>;
  readonly demands?: Demands | undefined;
  /** Micro-credits of a unit; 0 where it is not said. */
  readonly unitPrice?: bigint;
  /** The model that a stream was begun with, and its weights: only they can go on with it. */
  readonly begun?: { readonly model: string; readonly weights: string } | undefined;
}

/** Which nodes come into question for a task, before anything is scored. */
export interface Candidates {
  /** Nodes that have a free place, by pools; of those that a client named, just these. */
  ready(placement: Placement): readonly (readonly LiveNode[])[];
  /** Of these nodes, in their order, the ones that have a free place. */
  named(ids: readonly string[], service: string): readonly LiveNode[];
  /** Connected nodes, busy or not, by pools, of which some may be able; of those that a client named, just these. */
  online(placement: Placement): readonly (readonly LiveNode[])[];
  /** Every connected node that offers the service, busy or not. */
  offering(placement: Placement): readonly LiveNode[];
}

export function createCandidates(index: ReadyIndex): Candidates {
  function named(ids: readonly string[], service: string): readonly LiveNode[] {
    return ids.flatMap((id) => index.find(id) ?? []).filter((node) => hasPlace(node, service));
  }

  /** Of the nodes that a client named, those that offer the service. */
  function offeringOnly({ service, demands }: Placement): readonly LiveNode[] | undefined {
    const nodes = demands?.only?.flatMap((id) => index.find(id) ?? []);
    return nodes?.filter((node) => node.services.has(service));
  }

  return {
    named,

    ready(placement) {
      const { service, demands } = placement;
      if (demands?.only) return [named(demands.only, service)];
      return index.readyFor(service, wantedBy(placement));
    },

    online(placement) {
      const only = offeringOnly(placement);
      return only ? [only] : index.onlineFor(placement.service, wantedBy(placement));
    },

    offering: (placement) => offeringOnly(placement) ?? index.offering(placement.service),
  };
}

/** What a stream that was begun needs of the node that goes on with it. */
const RESUME = 'resume';

function wantedBy({ params, demands, begun }: Placement): Wanted {
  const languages = [params['source_language'], params['target_language']].flatMap((value) => languageOf(value) ?? []);
  const features = [...(demands?.features ?? []), ...(begun ? [RESUME] : [])];
  return { model: modelOf(params), languages, features, gpu: (demands?.resources?.gpus ?? 0) > 0 };
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
