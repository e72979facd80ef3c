import { hasPlace, type LiveNode } from '../nodes/live-node.ts';
import { ModelBook } from './model-book.ts';
import { NodePools } from './node-pools.ts';

/** What a task asks for that not every node of its service has. */
export interface Wanted {
  readonly model?: string | undefined;
  /** Without their regions. */
  readonly languages?: readonly string[];
  readonly features?: readonly string[];
  /** Whether it needs a graphics processor. */
  readonly gpu?: boolean;
}

type Pools = readonly (readonly LiveNode[])[];

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

  /** Connected nodes that may soon offer a service. */
  settingUp(service: string): readonly LiveNode[] {
    return this.online.nodes(settingUpTag(service));
  }

  /** Connected nodes of a service, busy or not; all are among them that have everything that is wanted. */
  onlineFor(service: string, wanted: Wanted): Pools {
    return fewest(this.online, service, wanted);
  }

  /** The same of nodes with a free place. */
  readyFor(service: string, wanted: Wanted = {}): Pools {
    return fewest(this.ready, service, wanted);
  }

  add(node: LiveNode): void {
    this.models.add(node);
    this.byId.set(node.record.id, node);
    for (const id of node.settingUp) this.online.add(settingUpTag(id), node);
    for (const id of node.services.keys()) {
      for (const tag of tagsOf(node, id)) this.online.add(tag, node);
      this.refresh(node, id);
    }
  }

  remove(node: LiveNode): void {
    this.models.remove(node);
    if (this.byId.get(node.record.id) === node) this.byId.delete(node.record.id);
    for (const id of node.settingUp) this.online.remove(settingUpTag(id), node);
    for (const id of node.services.keys()) {
      for (const tag of tagsOf(node, id)) {
        this.online.remove(tag, node);
        this.ready.remove(tag, node);
      }
    }
  }

  /** Puts a node among the ready ones of a service, or takes it out, as its places say. */
  refresh(node: LiveNode, service: string): void {
    const isReady = hasPlace(node, service);
    for (const tag of tagsOf(node, service)) {
      if (isReady) this.ready.add(tag, node);
      else this.ready.remove(tag, node);
    }
  }
}

/** The nodes under that one of the wants which the fewest nodes meet; the other wants are for who looks at them. */
function fewest(pools: NodePools, service: string, wanted: Wanted): Pools {
  let best = [pools.nodes(service)];
  let count = best[0]?.length ?? 0;
  for (const tags of wantedTags(service, wanted)) {
    const found = tags.map((tag) => pools.nodes(tag));
    const size = found.reduce((sum, { length }) => sum + length, 0);
    if (size < count) [best, count] = [found, size];
  }
  return best;
}

/** For each want the tags that meet it: a node that names no language speaks all of them. */
function wantedTags(
  service: string,
  { model, languages = [], features = [], gpu = false }: Wanted,
): readonly (readonly string[])[] {
  return [
    ...(model === undefined ? [] : [[modelTag(service, model)]]),
    ...languages.map((language) => [languageTag(service, language), languageTag(service, ANY_LANGUAGE)]),
    ...features.map((feature) => [featureTag(service, feature)]),
    ...(gpu ? [[gpuTag(service)]] : []),
  ];
}

const ANY_LANGUAGE = '*';
const languageTag = (service: string, language: string): string => `${service} ${language}`;
const modelTag = (service: string, model: string): string => `${service} model ${model}`;
const featureTag = (service: string, feature: string): string => `${service} feature ${feature}`;
const settingUpTag = (service: string): string => `${service} setting up`;
const gpuTag = (service: string): string => `${service} gpu`;

function tagsOf({ record: { languages }, services, resources }: LiveNode, service: string): string[] {
  const spoken = languages.length > 0 ? languages.map(baseLanguage) : [ANY_LANGUAGE];
  const { models = [], features = [] } = services.get(service) ?? {};
  return [
    service,
    ...spoken.map((language) => languageTag(service, language)),
    ...models.map((model) => modelTag(service, model)),
    ...features.map((feature) => featureTag(service, feature)),
    ...(resources && resources.gpus.length > 0 ? [gpuTag(service)] : []),
  ];
}

/** The language of a tag without its region, in lower case: `pt` for `pt-BR`. */
export function baseLanguage(tag: string): string {
  return (tag.split('-', 1)[0] ?? tag).toLowerCase();
}
