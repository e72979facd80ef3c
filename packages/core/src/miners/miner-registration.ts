import { listServices, type NodeRegister, packageFeature } from '@plexus/protocol';

/** What a miner says of itself, in the words of nodes. */
export interface MinerRegistration {
  /** Services whose jobs it takes; none named is all that there are. */
  readonly services: readonly string[];
  readonly models: readonly string[];
  /** Python packages that its programs find. */
  readonly packages: readonly string[];
  readonly resources?: NonNullable<NodeRegister['protocol']>['resources'];
  /** Jobs that it does at once. */
  readonly concurrency: number;
}

/** A miner that polls, as a node on a socket would have registered. */
export function registerMessage(
  nodeId: string,
  { services, models, packages, resources, concurrency }: MinerRegistration,
): NodeRegister {
  const ids = services.length > 0 ? services : listServices().map(({ id }) => id);
  const features = packages.map(packageFeature);
  const offers = ids.map((id) => ({ id, concurrency, models: [...models], features }));
  const protocol = { version: 1, public_key: '', services: offers, resume: [] };
  return { node_id: nodeId, protocol: resources ? { ...protocol, resources } : protocol };
}
