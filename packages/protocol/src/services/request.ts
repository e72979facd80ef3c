/** A service's request as one JSON object: its content under a name of its own, beside the parameters. */
import Type, { type TObject, type TSchema } from 'typebox';
import { Errors } from 'typebox/value';
import { parseJson } from '../json.ts';
import { schemaWords } from '../schema-words.ts';
import type { FieldProblem, ServiceDefinition, ServiceRequest } from './service.ts';

/** What a task is made of. */
export interface TaskInput {
  readonly content: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** What was found out about a request. */
export interface RequestReport {
  readonly problems: readonly FieldProblem[];
  /** Fields that the service does not know, and that change nothing. */
  readonly unknown: readonly string[];
}

type RequestData = Readonly<Record<string, unknown>>;

const schemas = new Map<ServiceDefinition, TObject>();

/** The schema of a request: the source of its form, its docs and its validation. */
export function requestSchema<S extends ServiceDefinition>(service: S) {
  const schema = schemas.get(service) ?? makeSchema(service);
  schemas.set(service, schema);
  // Made of the same parts as the type.
  return Type.Unsafe<ServiceRequest<S>>(schema);
}

/** Everything that is wrong with a request. */
export function checkRequest(service: ServiceDefinition, data: RequestData): RequestReport {
  const schema: TObject = schemas.get(service) ?? makeSchema(service);
  const unknown = Object.keys(data).filter((name) => !Object.hasOwn(schema.properties, name));
  const problems = Errors(schema, data).flatMap(problemsOf);
  const between = problems.length === 0 ? service.check?.(withoutAliases(service, data)) : undefined;
  return { problems: between ? [between] : problems, unknown };
}

/** The content and the parameters of a request that fits. */
export function taskInput({ content, params, aliases = {} }: ServiceDefinition, data: RequestData): TaskInput {
  const known = Object.entries(withoutAliases({ aliases }, data)).filter(([name]) => name in params.properties);
  const value = data[content.name] ?? null;
  return {
    content: !content.isJson && typeof value === 'string' ? value : JSON.stringify(value),
    params: { ...Object.fromEntries(known), ...content.implies },
  };
}

/** Whether a task's content is JSON: of some services only with parameters that say so, and else one text. */
export function hasJsonContent({ content }: ServiceDefinition, params: TaskInput['params']): boolean {
  return content.isJson && Object.entries(content.implies ?? {}).every(([name, value]) => params[name] === value);
}

/** What is wrong with a task's content, whoever it is from. */
export function contentProblem(service: ServiceDefinition, { content, params }: TaskInput): FieldProblem | undefined {
  if (!hasJsonContent(service, params) || parseJson(content) !== undefined) return undefined;
  return { field: 'content', message: `content must be JSON: it is the ${service.content.name} of "${service.id}"` };
}

function makeSchema({ content, params, aliases = {} }: ServiceDefinition): TObject {
  const implied = Object.keys(content.implies ?? {});
  const own = Object.entries(params.properties).filter(([name]) => !implied.includes(name));
  const others = Object.entries(aliases).map(([alias, name]): [string, TSchema] => [alias, aliasOf(params, name)]);
  return Type.Object({ [content.name]: content.schema, ...Object.fromEntries(own), ...Object.fromEntries(others) });
}

function aliasOf({ properties }: TObject, name: string): TSchema {
  const { default: _default, ...schema } = { default: undefined, ...properties[name] };
  return Type.Optional({ ...schema, description: `Another name of \`${name}\`.` });
}

/** A parameter that is given by both names counts by its own. */
function withoutAliases({ aliases = {} }: Pick<ServiceDefinition, 'aliases'>, data: RequestData): RequestData {
  const renamed = Object.entries(aliases).filter(([alias]) => Object.hasOwn(data, alias));
  return { ...Object.fromEntries(renamed.map(([alias, name]) => [name, data[alias]])), ...data };
}

function problemsOf(error: ReturnType<typeof Errors>[number]): readonly FieldProblem[] {
  const path = error.instancePath.slice(1).replaceAll('/', '.');
  if (error.keyword !== 'required') return [{ field: path, message: `${path} ${schemaWords(error)}`.trim() }];
  return error.params.requiredProperties.map((name) => {
    const field = path === '' ? name : `${path}.${name}`;
    return { field, message: `Missing required parameter: ${field}` };
  });
}
