import type { MinerRegistration } from '@plexus/core';
import { type aitbcEndpoints, findService, type Input } from '@plexus/protocol';
import { quantity, THOUSANDTHS } from './quantities.ts';
import { serviceOfType } from './service-names.ts';

type Body = Input<typeof aitbcEndpoints.registerMiner>['body'];
type Machine = Exclude<NonNullable<Body['capabilities']>, readonly string[]>;

/**
 * What a miner says of itself. Names that the registry does not have are those of its clients' own jobs, which it gets by
 * its offers.
 *
 * @throws {DomainError} INVALID_INPUT
 */
export function registrationOf({ capabilities = [], concurrency = 1, miner_id: minerId }: Body): MinerRegistration & {
  readonly minerId?: string;
} {
  const machine: Machine = Array.isArray(capabilities) ? { services: capabilities } : capabilities;
  const named = [...(machine.services ?? []), ...(machine.job_types ?? [])].map(serviceOfType);
  const services = [...new Set(named)].filter((id) => findService(id) !== undefined);
  const resources = resourcesOf(machine);
  return {
    services,
    models: machine.models ?? [],
    packages: machine.packages ?? [],
    concurrency,
    ...(resources && { resources }),
    ...(minerId !== undefined && { minerId }),
  };
}

function resourcesOf({ cpu, memory, gpus = 0 }: Machine): MinerRegistration['resources'] | undefined {
  if (cpu === undefined && memory === undefined && gpus === 0) return undefined;
  return {
    cpu_millis: cpu === undefined ? 0 : quantity('capabilities.cpu', cpu, THOUSANDTHS),
    memory_bytes: memory === undefined ? 0 : quantity('capabilities.memory', memory),
    gpus: Array.from({ length: gpus }, () => ({ name: 'gpu', memory_bytes: 0 })),
  };
}
