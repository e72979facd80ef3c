import type { LiveNode } from '../nodes/live-node.ts';
import { ModelBook } from './model-book.ts';
import { NodePools } from './node-pools.ts';

/**
 * Connected nodes by what they offer, and of those the ones with a free place, so that a decision costs the
 * same among ten nodes and ten thousand.
 */
export class ReadyIndex {
  /** Which models they serve. */
  readonly models = new ModelBook();
  private readonly byId = new Map<string, LiveNode>();
  private readonly online = new NodePools();
  private readonly ready = new NodePools();

  /** A connected node. */
  find(nodeId: string): LiveNode | undefined {
    return this.byId.get(nodeId);
  }

  /** Every connected node that offers a service. */
  offering(service: string): readonly LiveNode[] {
    return this.online.nodes(service);
  }

  /** Nodes with a free place that serve a model; with a language those that speak it, and those that name none. */
  readyFor(service: string, { language, model }: Wanted = {}): readonly (readonly LiveNode[])[] {
    if (model !== undefined) return [this.ready.nodes(modelTag(service, model))];
    if (language === undefined) return [this.ready.nodes(service)];
    return [`${service} ${language}`, `${service} *`].map((tag) => this.ready.nodes(tag));
  }

  add(node: LiveNode): void {
    this.models.add(node);
    this.byId.set(node.record.id, node);
    for (const id of node.services.keys()) {
      this.online.add(id, node);
      this.refresh(node, id);
    }
  }

  remove(node: LiveNode): void {
    this.models.remove(node);
    if (this.byId.get(node.record.id) === node) this.byId.delete(node.record.id);
    for (const id of node.services.keys()) {
      this.online.remove(id, node);
      for (const tag of tagsOf(node, id)) this.ready.remove(tag, node);
    }
  }

  /** Puts a node among the ready ones of a service, or takes it out, as its places say. */
  refresh(node: LiveNode, service: string): void {
    const slots = node.services.get(service);
    const isReady = slots !== undefined && slots.active < slots.concurrency && !node.draining;
    for (const tag of tagsOf(node, service)) {
      if (isReady) this.ready.add(tag, node);
      else this.ready.remove(tag, node);
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
