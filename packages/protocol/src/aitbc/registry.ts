/** AITBC's service registry. Source: seed 002, "Service Registry"; contract/aitbc.md, "Registry". */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';
import { SERVICE_CATEGORIES } from '../services/service.ts';
import { Amount, Id, Nullable } from './common.ts';

const Parameter = Type.Object({
  name: Type.String(),
  type: Type.Enum(['string', 'integer', 'float', 'boolean', 'array', 'object', 'file', 'enum']),
  required: Type.Boolean(),
  description: Type.String(),
  default: Type.Unknown(),
  min_value: Nullable(Type.Number()),
  max_value: Nullable(Type.Number()),
  options: Nullable(Type.Array(Type.Union([Type.String(), Type.Integer()]))),
  validation: Nullable(Type.Record(Type.String(), Type.Unknown())),
});

const Service = Type.Object({
  id: Type.String(),
  name: Type.String(),
  category: Type.Enum(SERVICE_CATEGORIES),
  description: Type.String(),
  version: Type.String(),
  icon: Type.String(),
  input_parameters: Type.Array(Parameter),
  output_schema: Type.Record(Type.String(), Type.Unknown()),
  requirements: Type.Array(
    Type.Object({
      component: Type.String(),
      min_value: Type.String(),
      recommended: Nullable(Type.String()),
      unit: Nullable(Type.String()),
    }),
  ),
  pricing: Type.Array(
    Type.Object({
      name: Type.String(),
      model: Type.Enum(['per_unit', 'fixed']),
      unit_price: Amount,
      min_charge: Amount,
      currency: Type.String(),
      description: Type.String(),
    }),
  ),
  capabilities: Type.Array(Type.String()),
  tags: Type.Array(Type.String()),
  max_concurrent: Type.Integer({
    description: 'Jobs that a miner runs at once, at most, unless it is told otherwise.',
  }),
  timeout_seconds: Type.Integer(),
  available: Type.Integer({ description: 'Miners online that offer it.' }),
});

const ServiceId = Type.Object({ service_id: Id });
const errors = { 404: 'SERVICE_NOT_FOUND' };

export const registryEndpoints = endpoints({
  listRegistryServices: {
    method: 'GET',
    path: '/v1/registry/services',
    summary: 'All services, or those of a category, or those that a search finds in name, description or tags.',
    auth: 'none',
    query: Type.Object({
      category: Type.Optional(Type.Enum(SERVICE_CATEGORIES)),
      search: Type.Optional(Type.String({ maxLength: 200 })),
    }),
    status: 200,
    response: Type.Array(Service),
  },
  getService: {
    method: 'GET',
    path: '/v1/registry/services/{service_id}',
    summary: 'The definition of a service.',
    auth: 'none',
    params: ServiceId,
    status: 200,
    response: Service,
    errors,
  },
  getServiceSchema: {
    method: 'GET',
    path: '/v1/registry/services/{service_id}/schema',
    summary: "The JSON Schema of a service's request.",
    auth: 'none',
    params: ServiceId,
    status: 200,
    response: Type.Object({
      type: Type.Literal('object'),
      properties: Type.Record(Type.String(), Type.Unknown()),
      required: Type.Array(Type.String()),
    }),
    errors,
  },
  getServiceRequirements: {
    method: 'GET',
    path: '/v1/registry/services/{service_id}/requirements',
    summary: 'What hardware a service needs.',
    auth: 'none',
    params: ServiceId,
    status: 200,
    response: Type.Object({
      requirements: Type.Array(
        Type.Object({
          component: Type.String(),
          minimum: Type.String(),
          recommended: Nullable(Type.String()),
          unit: Nullable(Type.String()),
        }),
      ),
    }),
    errors,
  },
  validateServiceRequest: {
    method: 'POST',
    path: '/v1/registry/services/validate',
    summary: 'Check a request against the schema of its service; nothing is run.',
    auth: 'none',
    body: Type.Object(
      { service_id: Id, request_data: Type.Record(Type.String(), Type.Unknown()) },
      { examples: [{ service_id: 'echo', request_data: { text: 'Hello' } }] },
    ),
    status: 200,
    response: Type.Object({
      valid: Type.Boolean(),
      errors: Type.Array(Type.String()),
      warnings: Type.Array(Type.String({ description: 'What changes nothing.' })),
    }),
    errors,
  },
});
