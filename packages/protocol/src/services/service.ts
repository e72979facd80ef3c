import type { TObject } from 'typebox';

/**
 * What one unit of a service is. A request unit covers 1,000 started characters of content; a second is one of each
 * CPU that was asked for, for as long as the work takes.
 */
export type UnitType = 'request' | 'token' | 'second';

export type ServiceCategory =
  | 'ai_ml'
  | 'media_processing'
  | 'scientific_computing'
  | 'data_analytics'
  | 'gaming_entertainment'
  | 'development_tools';

export interface ServiceRequirement {
  readonly component: string;
  readonly minimum: string;
  readonly recommended: string;
  readonly unit?: string;
}

/** One definition is the source of validation, price, routing, schema and docs of a kind of work. */
export interface ServiceDefinition {
  readonly id: string;
  readonly name: string;
  readonly category: ServiceCategory;
  readonly description: string;
  readonly version: string;
  readonly unitType: UnitType;
  readonly unitPriceMicro: bigint;
  /** Parameters beside `content`; unknown ones are passed on to the runner untouched. */
  readonly params: TObject;
  readonly requirements: readonly ServiceRequirement[];
  readonly timeoutSeconds: number;
  /** True when `params.bundle` names an archive that the client has uploaded. */
  readonly takesBundle?: true;
  /** Of a service that counts seconds: what its work may use where `cpu_millis` and `timeout_seconds` do not say. */
  readonly compute?: { readonly cpuMillis: number; readonly timeoutSeconds: number };
  /** What a node's engine must be able to do for these parameters. */
  readonly featuresOf?: (params: Readonly<Record<string, unknown>>) => readonly string[];
}
