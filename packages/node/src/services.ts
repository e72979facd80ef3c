import type { NodeRegister, ServiceOffer } from '@plexus/protocol';
import {
  createEchoRunner,
  type Detection,
  detectRunners,
  type DetectOptions,
  type ModelShape,
  outsideServices,
  type Runner,
  SERVICES,
} from '@plexus/runners';
import { LOOK_EVERY_MS, watchEngine } from './engine-watch.ts';
import { OfferedServices } from './offered-services.ts';
import type { ServiceState } from './options.ts';

type Service = (typeof SERVICES)[number];

/** What can be offered without looking for an engine. */
const AT_ONCE = 'echo';

export type Detect = (options: DetectOptions) => Promise<readonly Detection[]>;

export interface ServiceBookOptions {
  /** Only these, where given. */
  readonly wanted: readonly string[] | undefined;
  /** What need not be looked for. */
  readonly ready?: readonly Runner[];
  readonly detection: Omit<DetectOptions, 'signal'>;
  /** Called when there is something else to offer than before, or to wait for less. */
  onChange(): void;
  readonly detect?: Detect;
  /** Between two looks at an engine that is a server of its own. */
  readonly lookEveryMs?: number;
}

/** What the node can do, as far as it is known by now. */
export interface ServiceBook {
  runnerOf(service: string): Runner | undefined;
  states(): readonly ServiceState[];
  /** What is still being looked for. */
  settingUp(): readonly string[];
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
  const { detection, detect = detectRunners, lookEveryMs = LOOK_EVERY_MS } = options;
  const closing = new AbortController();
  const { signal } = closing;
  const offered = new OfferedServices(wanted, atOnce(wanted, options), detection.onProgress);

  /** One service does not wait for another's engine. */
  async function find(service: Service, isAgain = false): Promise<void> {
    // What could not be installed is not tried again and again.
    const installLlama = detection.installLlama && !isAgain;
    const [found] = await detect({ ...detection, installLlama, services: [service], signal });
    if (found?.available && signal.aborted) return await found.runner.close();
    if (found && !signal.aborted && offered.take(found)) options.onChange();
  }

  function withdraw(service: Service, reason: string): void {
    offered.take({ available: false, service, reason, remedy: 'start its server again; it is found by itself' });
    options.onChange();
  }

  /** Engines that are servers of their own are looked after from then on, until the book is closed. */
  async function findAndWatch(service: Service): Promise<void> {
    await find(service);
    if (!outsideServices(detection).includes(service)) return;
    const engine = {
      runner: () => offered.runners.get(service),
      find: () => find(service, true),
      withdraw: (reason: string) => withdraw(service, reason),
    };
    watchEngine(engine, { signal, everyMs: lookEveryMs }).catch((error: unknown) => {
      if (!signal.aborted) detection.onProgress(`${service} is not looked after any more: ${String(error)}`);
    });
  }

  return {
    runnerOf: (service) => offered.runners.get(service),
    states: () => [...offered.states.values()],
    settingUp: () => offered.settingUp,
    shape: () => offered.runners.get('llm')?.shape,
    offer: () => offerOf([...offered.runners.values()]),
    async find() {
      const { states, runners } = offered;
      await Promise.all(SERVICES.filter((id) => states.has(id) && !runners.has(id)).map((id) => findAndWatch(id)));
    },
    async close() {
      closing.abort(new Error('The node is stopping'));
      await offered.close();
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
