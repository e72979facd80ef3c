import type { NodeRegister, ServiceOffer } from '@plexus/protocol';
import {
  createEchoRunner,
  type Detection,
  detectRunners,
  type DetectOptions,
  type ModelShape,
  type Runner,
  SERVICES,
} from '@plexus/runners';
import type { ServiceState } from './options.ts';

/** What can be offered without looking for an engine. */
const AT_ONCE = 'echo';

export type Detect = (options: DetectOptions) => Promise<readonly Detection[]>;

export interface ServiceBookOptions {
  /** Only these, where given. */
  readonly wanted: readonly string[] | undefined;
  /** What need not be looked for. */
  readonly ready?: readonly Runner[];
  readonly detection: Omit<DetectOptions, 'signal'>;
  /** Called when there is more to offer than before. */
  onChange(): void;
  readonly detect?: Detect;
}

/** What the node can do, as far as it is known by now. */
export interface ServiceBook {
  runnerOf(service: string): Runner | undefined;
  states(): readonly ServiceState[];
  /** What the language model is made of, where its file is known. */
  shape(): ModelShape | undefined;
  offer(): Required<Pick<NodeRegister, 'capabilities' | 'languages' | 'model_info'>> & {
    readonly services: ServiceOffer[];
  };
  /** Looks for what takes time to find: programs, models, an installation. Never throws. */
  find(): Promise<void>;
  close(): Promise<void>;
}

/** @throws {Error} when a service is wanted that no runner is for */
export function createServiceBook({ wanted = SERVICES, ...options }: ServiceBookOptions): ServiceBook {
  requireKnown(wanted);
  const { detection, detect = detectRunners } = options;
  const closing = new AbortController();
  const runners = new Map<string, Runner>();
  const states = new Map<string, ServiceState>();
  for (const id of wanted) states.set(id, { id, available: false, reason: 'it is being set up' });

  function add(runner: Runner): void {
    runners.set(runner.service, runner);
    states.set(runner.service, { id: runner.service, available: true });
  }

  for (const runner of atOnce(wanted, options)) add(runner);

  function miss({ service: id, reason, remedy }: Extract<Detection, { available: false }>): void {
    if (!states.has(id) || closing.signal.aborted) return;
    states.set(id, { id, available: false, reason, remedy });
    detection.onProgress(`${id} is not offered: ${reason} (${remedy})`);
  }

  /** Says whether there is more to offer. */
  async function take(found: Detection): Promise<boolean> {
    if (!found.available) {
      miss(found);
      return false;
    }
    const { runner } = found;
    const isWelcome = states.has(runner.service) && !runners.has(runner.service) && !closing.signal.aborted;
    if (!isWelcome) {
      await runner.close();
      return false;
    }
    add(runner);
    detection.onProgress(`${runner.service} is offered${runner.models[0] ? ` with ${runner.models[0]}` : ''}`);
    return true;
  }

  /** One service does not wait for another's engine. */
  async function findOne(service: (typeof SERVICES)[number]): Promise<void> {
    const [found] = await detect({ ...detection, services: [service], signal: closing.signal });
    if (found && (await take(found))) options.onChange();
  }

  return {
    runnerOf: (service) => runners.get(service),
    states: () => [...states.values()],
    shape: () => runners.get('llm')?.shape,
    offer: () => offerOf([...runners.values()]),
    async find() {
      await Promise.all(SERVICES.filter((id) => states.has(id) && !runners.has(id)).map(findOne));
    },
    async close() {
      closing.abort(new Error('The node is stopping'));
      await Promise.all([...runners.values()].map((runner) => runner.close()));
    },
  };
}

/** What need not be looked for. */
function atOnce(wanted: readonly string[], { ready = [], detection }: Omit<ServiceBookOptions, 'wanted'>) {
  return wanted.includes(AT_ONCE) ? [echoRunner(detection), ...ready] : ready;
}

function requireKnown(wanted: readonly string[]): void {
  const unknown = wanted.find((id) => !SERVICES.some((known) => known === id));
  if (unknown !== undefined) throw new Error(`There is no service "${unknown}"; there are ${SERVICES.join(', ')}`);
}

function offerOf(runners: readonly Runner[]): ReturnType<ServiceBook['offer']> {
  const services = runners.map(({ service: id, concurrency, models, weights, features }) => ({
    id,
    concurrency,
    ...(models.length > 0 && { models: [...models] }),
    ...(weights && { weights: { ...weights } }),
    ...(features && { features: [...features] }),
  }));
  return {
    services,
    capabilities: services.map(({ id }) => id),
    languages: [...new Set(runners.flatMap(({ languages }) => languages))],
    model_info: Object.fromEntries(services.flatMap(({ id, models }) => (models ? [[id, models]] : []))),
  };
}

function echoRunner({ concurrency }: ServiceBookOptions['detection']): Runner {
  return createEchoRunner(concurrency?.echo === undefined ? {} : { concurrency: concurrency.echo });
}
