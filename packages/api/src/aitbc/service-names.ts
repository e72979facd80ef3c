/** Services as AITBC names them. Inside each has one name; here it is translated. */
import { findService, listServices, type ServiceDefinition } from '@plexus/protocol';

const NAMES: Readonly<Record<string, string>> = { llm: 'llm_inference', translate: 'translation' };

/** The type of a job that runs a program of its client's own. Source: seed 002, "Create Job". */
export const PROGRAM_TYPE = 'ai-inference';
/** The service that runs such a program. */
export const PROGRAM_SERVICE = 'python';

/** The name of a service in the registry. */
export function registryName(service: string): string {
  return NAMES[service] ?? service;
}

/** The service of a name in the registry. */
export function findByName(name: string): ServiceDefinition | undefined {
  return listServices().find(({ id }) => registryName(id) === name);
}

/** Every name in the registry. */
export function registryNames(): readonly string[] {
  return listServices().map(({ id }) => registryName(id));
}

/** The type of the jobs of a service. */
export function jobTypeOf(service: string): string {
  return service === PROGRAM_SERVICE ? PROGRAM_TYPE : registryName(service);
}

/** The service whose jobs have a type; services that only nodes know have their own names. */
export function serviceOfType(type: string): string {
  if (type === PROGRAM_TYPE) return PROGRAM_SERVICE;
  return findByName(type)?.id ?? findService(type)?.id ?? type;
}
