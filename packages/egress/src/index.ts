export type { Egress, EgressHead, EgressOptions, EgressRequest } from './egress.ts';
export { createEgress } from './egress.ts';
export type { EgressErrorCode } from './egress-error.ts';
export { EgressError } from './egress-error.ts';
export type { Resolver } from './resolver.ts';
export { createDnsResolver } from './resolver.ts';
