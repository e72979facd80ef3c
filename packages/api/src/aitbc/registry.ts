import { DomainError } from '@plexus/core';
import { type aitbcEndpoints, checkRequest, listServices, type ServiceDefinition } from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import { isFound, toDefinition, toRequirements, toSchema } from './definition-views.ts';
import type { AitbcDeps } from './deps.ts';
import { findByName, registryNames } from './service-names.ts';

type RegistryHandlers = Pick<
  Handlers<typeof aitbcEndpoints>,
  'listRegistryServices' | 'getService' | 'getServiceSchema' | 'getServiceRequirements' | 'validateServiceRequest'
>;

/** Endpoints about the services that there are. */
export function registryHandlers({ nodes }: Pick<AitbcDeps, 'nodes'>): RegistryHandlers {
  const view = (service: ServiceDefinition) => toDefinition(service, nodes.countOffering(service.id));
  return {
    listRegistryServices: ({ query: { category, search = '' } }) =>
      listServices()
        .filter((service) => (category ?? service.category) === service.category && isFound(service, search))
        .map(view),

    getService: ({ params }) => view(getService(params.service_id)),
    getServiceSchema: ({ params }) => toSchema(getService(params.service_id)),
    getServiceRequirements: ({ params }) => ({ requirements: toRequirements(getService(params.service_id)) }),

    validateServiceRequest({ body: { service_id: name, request_data: data } }) {
      const { problems, unknown } = checkRequest(getService(name), data);
      return {
        valid: problems.length === 0,
        errors: problems.map(({ message }) => message),
        warnings: unknown.map((field) => `Unknown parameter: ${field}; it changes nothing`),
      };
    },
  };
}

/** @throws {DomainError} SERVICE_NOT_FOUND */
function getService(name: string): ServiceDefinition {
  const service = findByName(name);
  if (service) return service;
  const available = registryNames();
  const message = `Service does not exist: ${name}; there are ${available.join(', ')}`;
  throw new DomainError('SERVICE_NOT_FOUND', message, { service: name, available });
}
