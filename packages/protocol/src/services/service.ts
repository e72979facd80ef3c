import type { Static, TObject, TProperties, TSchema } from 'typebox';

/**
 * What one unit of a service is. A request unit covers 1,000 started characters of content; a second is one of each
 * CPU that was asked for, for as long as the work takes.
 */
export type UnitType = 'request' | 'token' | 'second' | 'image';

/** Source: contract/aitbc.md, "Registry". */
export const SERVICE_CATEGORIES = [
  'ai_ml',
  'media_processing',
  'scientific_computing',
  'data_analytics',
  'gaming_entertainment',
  'development_tools',
] as const;
export type ServiceCategory = (typeof SERVICE_CATEGORIES)[number];

export interface ServiceRequirement {
  readonly component: string;
  readonly minimum: string;
  readonly recommended: string;
  readonly unit?: string;
}

/** How a request that is one JSON object names what a task has as its content. */
interface ServiceContent {
  readonly name: string;
  readonly schema: TSchema;
  /** Whether a task's content is the JSON of it; else it is a text, and the content is that. */
  readonly isJson: boolean;
  /** Parameters that follow from this form of the content. */
  readonly implies?: Readonly<Record<string, unknown>>;
}

/** One thing that is wrong with a request. */
export interface FieldProblem {
  /** Its place, with dots between, for example `resources.cpu`. */
  readonly field: string;
  readonly message: string;
}

/** What a completed task left. */
export interface CompletedTask {
  readonly result: string;
  readonly units: number;
  /** What its node said of counted work. */
  readonly facts: Readonly<Record<string, string | number>>;
}

/** The unit of a job that has a price as a whole, whatever its work comes to: there is one of it. */
export const WHOLE_JOB = 'job';

/** One definition is the source of validation, price, routing, schema, form and docs of a kind of work. */
export interface ServiceDefinition {
  readonly id: string;
  readonly name: string;
  readonly category: ServiceCategory;
  readonly description: string;
  readonly version: string;
  /** One character that stands for it in lists. */
  readonly icon: string;
  readonly unitType: UnitType;
  readonly unitPriceMicro: bigint;
  /** Of a service that counts requests: true where each is one unit, however long its content is. */
  readonly isFlat?: true;
  readonly content: ServiceContent;
  /** Parameters beside `content`; unknown ones are passed on to the runner untouched. */
  readonly params: TObject;
  /** Other names under which a request may give a parameter: the parameter's own by them. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** What is wrong between parameters that each fit. */
  readonly check?: (params: Readonly<Record<string, unknown>>) => FieldProblem | undefined;
  /** What its result is, as one JSON object. */
  readonly output: TObject;
  /** The object, read from what a runner left. */
  readonly readResult: (task: CompletedTask) => Readonly<Record<string, unknown>>;
  /** Members of the object that name files which the coordinator keeps, each by its path, as an object with its path as `url`, or as a list of these. */
  readonly fileMembers?: readonly string[];
  readonly requirements: readonly ServiceRequirement[];
  readonly capabilities: readonly string[];
  readonly tags: readonly string[];
  /** Tasks that a node runs at once, at most, unless it is told otherwise. */
  readonly maxConcurrent: number;
  /** Seconds that a task may take, its waiting included, unless it says otherwise. */
  readonly timeoutSeconds: number;
  /** True when `params.bundle` names an archive that the client has uploaded. */
  readonly takesBundle?: true;
  /** Of a service that counts seconds: what its work may use where `cpu_millis` and `timeout_seconds` do not say. */
  readonly compute?: { readonly cpuMillis: number; readonly timeoutSeconds: number };
  /** What a node's engine must be able to do for these parameters. */
  readonly featuresOf?: (params: Readonly<Record<string, unknown>>) => readonly string[];
}

/** A definition whose request is known to the compiler. */
export interface TypedService<N extends string, C extends TSchema, P extends TProperties> extends ServiceDefinition {
  readonly content: ServiceContent & { readonly name: N; readonly schema: C };
  readonly params: TObject<P>;
}

/** A service's request as one JSON object. */
export type ServiceRequest<S> =
  S extends TypedService<infer N, infer C, infer P> ? Static<TObject<Record<N, C> & P>> : Record<string, unknown>;

/** Checks a definition and keeps the types of its request. */
export function defineService<const N extends string, C extends TSchema, P extends TProperties>(
  definition: TypedService<N, C, P>,
): TypedService<N, C, P> {
  return definition;
}
