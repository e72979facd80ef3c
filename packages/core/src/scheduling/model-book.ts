import type { LiveNode, ServiceSlots } from '../nodes/live-node.ts';
import type { OfferedModel } from '../nodes/node-directory.ts';

interface Entry {
  readonly id: string;
  readonly service: string;
  /** Who serves it, with what that node can do. */
  readonly servers: Map<LiveNode, readonly string[]>;
}

/** Which models connected nodes serve, kept as they come and go so that a list costs no look at every node. */
export class ModelBook {
  private readonly entries = new Map<string, Entry>();
  /** As it was listed last; gone when a node comes or goes. */
  private listed: readonly OfferedModel[] | undefined;

  add(node: LiveNode): void {
    this.listed = undefined;
    for (const slots of node.services.values()) {
      for (const id of slots.models) this.entryOf(id, slots).servers.set(node, slots.features);
    }
  }

  remove(node: LiveNode): void {
    this.listed = undefined;
    for (const { id: service, models } of node.services.values()) {
      for (const id of models) {
        const key = `${service} ${id}`;
        const entry = this.entries.get(key);
        entry?.servers.delete(node);
        if (entry?.servers.size === 0) this.entries.delete(key);
      }
    }
  }

  has(service: string, id: string): boolean {
    return this.entries.has(`${service} ${id}`);
  }

  /** Whether a node that serves the model can do all of this. */
  can(service: string, id: string, features: readonly string[]): boolean {
    if (features.length === 0) return this.has(service, id);
    const servers = this.entries.get(`${service} ${id}`)?.servers.values() ?? [];
    for (const able of servers) if (features.every((feature) => able.includes(feature))) return true;
    return false;
  }

  /** By id. */
  list(): readonly OfferedModel[] {
    return (this.listed ??= this.describe());
  }

  private describe(): readonly OfferedModel[] {
    const models = [...this.entries.values()].map(({ id, service, servers }) => {
      return { id, service, nodes: servers.size, features: [...new Set([...servers.values()].flat())] };
    });
    return models.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  private entryOf(id: string, { id: service }: ServiceSlots): Entry {
    const key = `${service} ${id}`;
    const known = this.entries.get(key) ?? { id, service, servers: new Map() };
    this.entries.set(key, known);
    return known;
  }
}
