import type { TObject } from 'typebox';

/** What one unit of a service is. A request unit covers 1,000 started characters of content. */
export type UnitType = 'request' | 'token';

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
}
