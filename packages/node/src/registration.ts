import { NODE_PROTOCOL_VERSION, type NodeRegister, PLEXUS_VERSION } from '@plexus/protocol';
import type { Identity } from './identity.ts';
import type { Infernet } from './infernet/open-infernet.ts';
import type { Machine } from './machine.ts';
import type { ServiceBook } from './services.ts';

/** This program and its version. */
export const SOFTWARE = `plexus-node ${PLEXUS_VERSION}`;

interface RegistrationParts {
  readonly identity: Identity;
  readonly name: string | undefined;
  readonly services: Pick<ServiceBook, 'offer' | 'settingUp' | 'shape'>;
  readonly machine: Machine;
  /** Where other nodes can call this one. */
  readonly peerPort: number | undefined;
  readonly infernet: Infernet;
  readonly stats: NonNullable<NodeRegister['protocol']>['stats'];
  readonly resume: NonNullable<NodeRegister['protocol']>['resume'];
}

/** What the node says of itself whenever it connects, or has more to offer. */
export function registrationOf(parts: RegistrationParts): NodeRegister {
  const { identity, name, services, machine, infernet, stats, resume, peerPort } = parts;
  const shape = services.shape();
  const chain = infernet.chain?.offer();
  const { services: offers, ...offered } = services.offer();
  return {
    node_id: identity.nodeId,
    name: name ?? identity.nodeId,
    ...offered,
    protocol: {
      version: NODE_PROTOCOL_VERSION,
      public_key: identity.signer.publicKey,
      services: offers,
      setting_up: [...services.settingUp()],
      resume,
      software: SOFTWARE,
      resources: machine,
      ...(stats && { stats }),
      ...(peerPort !== undefined && { peer: { port: peerPort } }),
      ...(shape && {
        model: { layers: shape.layers.length, hidden_dim: shape.hiddenDim, parameters: shape.parameters },
      }),
      infernet: { ...infernet.containers.site, ...(chain && { chain }) },
    },
  };
}
