import { forgetFirst } from '@plexus/protocol';
import type { LiveNode, ServiceSlots } from '../nodes/live-node.ts';
import type { OfferedModel } from '../nodes/node-directory.ts';

/** How long a model counts as one that may come back once no node serves it any more. */
const LOST_MS = 10 * 60_000;
/** Models of which that is known. */
const MAX_LOST = 1000;

/** Nodes that can do the same with a model. There are few kinds, of however many nodes. */
interface Kind {
  readonly features: readonly string[];
  nodes: number;
}

interface Entry {
  readonly id: string;
  readonly service: string;
  /** By their features in one text. */
  readonly kinds: Map<string, Kind>;
}

/** Which models connected nodes serve, kept as they come and go so that a list costs no look at every node. */
export class ModelBook {
  private readonly entries = new Map<string, Entry>();
  /** As it was listed last; gone when a node comes or goes. */
  private listed: readonly OfferedModel[] | undefined;
  /** When the last node that served it left, the oldest first; of a clock that nobody sets. */
  private readonly lost = new Map<string, number>();
  private readonly now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  add(node: LiveNode): void {
    this.listed = undefined;
    for (const slots of node.services.values()) {
      for (const id of new Set(slots.models)) this.count(id, slots, 1);
    }
  }

  remove(node: LiveNode): void {
    this.listed = undefined;
    for (const slots of node.services.values()) {
      for (const id of new Set(slots.models)) this.count(id, slots, -1);
    }
  }

  has(service: string, id: string): boolean {
    return this.entries.has(keyOf(service, id));
  }

  /** Whether a node that serves the model can do all of this. */
  can(service: string, id: string, features: readonly string[]): boolean {
    if (features.length === 0) return this.has(service, id);
    const kinds = this.entries.get(keyOf(service, id))?.kinds.values() ?? [];
    for (const { features: able } of kinds) if (features.every((feature) => able.includes(feature))) return true;
    return false;
  }

  /** Whether no connected node serves the model, and one did until a short while ago: it was restarted, perhaps. */
  isLost(service: string, id: string): boolean {
    const since = this.lost.get(keyOf(service, id));
    return since !== undefined && this.now() - since <= LOST_MS;
  }

  /** By id. */
  list(): readonly OfferedModel[] {
    return (this.listed ??= this.describe());
  }

  private describe(): readonly OfferedModel[] {
    const models = [...this.entries.values()].map(({ id, service, kinds }) => {
      const all = [...kinds.values()];
      const nodes = all.reduce((sum, kind) => sum + kind.nodes, 0);
      return { id, service, nodes, features: [...new Set(all.flatMap(({ features }) => features))] };
    });
    return models.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  private count(id: string, { id: service, features }: ServiceSlots, change: 1 | -1): void {
    const key = keyOf(service, id);
    const entry = this.entries.get(key) ?? { id, service, kinds: new Map<string, Kind>() };
    const name = features.join('\n');
    const kind = entry.kinds.get(name) ?? { features, nodes: 0 };
    kind.nodes += change;
    if (kind.nodes > 0) entry.kinds.set(name, kind);
    else entry.kinds.delete(name);
    if (entry.kinds.size > 0) this.entries.set(key, entry);
    else this.entries.delete(key);
    this.note(key);
  }

  private note(key: string): void {
    this.lost.delete(key);
    if (this.entries.has(key)) return;
    this.lost.set(key, this.now());
    if (this.lost.size > MAX_LOST) forgetFirst(this.lost);
  }
}

function keyOf(service: string, id: string): string {
  return `${service} ${id}`;
}
