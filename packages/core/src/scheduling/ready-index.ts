import type { LiveNode } from '../nodes/live-node.ts';
import { ModelBook } from './model-book.ts';

/** An unordered set of nodes of which any position can be read, with O(1) add and remove. */
class NodePool {
  readonly nodes: LiveNode[] = [];
  private readonly positions = new Map<LiveNode, number>();

  add(node: LiveNode): void {
    if (this.positions.has(node)) return;
    this.positions.set(node, this.nodes.push(node) - 1);
  }

  remove(node: LiveNode): void {
    const position = this.positions.get(node);
    if (position === undefined) return;
    this.positions.delete(node);
    const last = this.nodes.pop();
    if (last === undefined || last === node) return;
    this.nodes[position] = last;
    this.positions.set(last, position);
  }
}

const NONE: readonly LiveNode[] = [];

/**
 * Connected nodes by what they offer, and of those the ones with a free place, so that a decision costs the
 * same among ten nodes and ten thousand.
 */
export class ReadyIndex {
  /** Which models they serve. */
  readonly models = new ModelBook();
  private readonly byId = new Map<string, LiveNode>();
  private readonly online = new Map<string, NodePool>();
  private readonly ready = new Map<string, NodePool>();

  /** A connected node. */
  find(nodeId: string): LiveNode | undefined {
    return this.byId.get(nodeId);
  }

  /** Every connected node that offers a service. */
  offering(service: string): readonly LiveNode[] {
    return this.online.get(service)?.nodes ?? NONE;
  }

  /** Nodes with a free place that serve a model; with a language those that speak it, and those that name none. */
  readyFor(service: string, { language, model }: Wanted = {}): readonly (readonly LiveNode[])[] {
    if (model !== undefined) return [this.ready.get(modelTag(service, model))?.nodes ?? NONE];
    if (language === undefined) return [this.ready.get(service)?.nodes ?? NONE];
    return [`${service} ${language}`, `${service} *`].map((tag) => this.ready.get(tag)?.nodes ?? NONE);
  }

  add(node: LiveNode): void {
    this.models.add(node);
    this.byId.set(node.record.id, node);
    for (const id of node.services.keys()) {
      pool(this.online, id).add(node);
      this.refresh(node, id);
    }
  }

  remove(node: LiveNode): void {
    this.models.remove(node);
    if (this.byId.get(node.record.id) === node) this.byId.delete(node.record.id);
    for (const id of node.services.keys()) {
      this.online.get(id)?.remove(node);
      for (const tag of tagsOf(node, id)) this.ready.get(tag)?.remove(node);
    }
  }

  /** Puts a node among the ready ones of a service, or takes it out, as its places say. */
  refresh(node: LiveNode, service: string): void {
    const slots = node.services.get(service);
    const isReady = slots !== undefined && slots.active < slots.concurrency && !node.draining;
    for (const tag of tagsOf(node, service)) {
      if (isReady) pool(this.ready, tag).add(node);
      else this.ready.get(tag)?.remove(node);
    }
  }
}

/** What narrows the nodes of a service down. */
interface Wanted {
  readonly language?: string | undefined;
  readonly model?: string | undefined;
}

function modelTag(service: string, model: string): string {
  return `${service} model ${model}`;
}

function pool(pools: Map<string, NodePool>, tag: string): NodePool {
  let found = pools.get(tag);
  if (!found) pools.set(tag, (found = new NodePool()));
  return found;
}

function tagsOf({ record: { languages }, services }: LiveNode, service: string): string[] {
  const spoken = languages.length > 0 ? languages : ['*'];
  const models = services.get(service)?.models ?? [];
  return [
    service,
    ...spoken.map((language) => `${service} ${baseLanguage(language)}`),
    ...models.map((model) => modelTag(service, model)),
  ];
}

/** The language of a tag without its region, in lower case: `pt` for `pt-BR`. */
export function baseLanguage(tag: string): string {
  return (tag.split('-', 1)[0] ?? tag).toLowerCase();
}
