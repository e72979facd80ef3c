import { type ContainerStep, maximumUnits, serviceFor } from '@plexus/protocol';
import { closedError, deliver, interruption, linkSignals } from '../interruption.ts';
import { createParamsCheck } from '../params.ts';
import { createRoom, type Room } from '../room.ts';
import { RunError, type RunContext, type RunRequest, type RunResult, type Runner } from '../runner.ts';
import { askContainer, ContainerFailure, type ContainerInput, PLACE, readContainer } from './ask-container.ts';
import type { ContainerCalls } from './container-calls.ts';

/** Characters of all answers of one job: what fits into one message to the coordinator, with its escapes. */
const MAX_CHARACTERS = 7 * 1024 * 1024;

/** A container that can be called. */
export interface ServedContainer {
  readonly id: string;
  readonly calls: ContainerCalls;
  readonly timeoutMs: number;
  /** Jobs that it works on at once. */
  readonly concurrency: number;
  readonly maxAnswerBytes: number;
}

export interface ContainerRunnerOptions {
  readonly containers: readonly ServedContainer[];
  /** Jobs that may run or wait here at once. */
  readonly concurrency: number;
}

/** A container with its places. */
interface Station extends ServedContainer {
  readonly places: Room;
}

/** Hands data through containers, one after the other. Its output is the JSON of what each of them came to. */
export function createContainerRunner({ containers, concurrency }: ContainerRunnerOptions): Runner {
  const check = createParamsCheck('container');
  const closing = new AbortController();
  const stations = new Map<string, Station>(
    containers.map((one) => [one.id, { ...one, places: createRoom(() => one.concurrency) }]),
  );

  return {
    service: 'container',
    concurrency,
    models: [],
    languages: [],
    features: [],
    async run(request, context) {
      const chain = chainOf(check(request), stations);
      const either = linkSignals([context.signal, closing.signal]);
      try {
        return await new ContainerRun(request, { ...context, signal: either.signal }).through(chain);
      } catch (error) {
        if (either.signal.aborted && !(error instanceof RunError)) throw interruption(either.signal);
        throw error;
      } finally {
        either.unlink();
      }
    },
    async close() {
      closing.abort(closedError());
    },
  };
}

/** @throws {RunError} INVALID_INPUT */
function chainOf({ containers }: RunRequest['params'], stations: ReadonlyMap<string, Station>): readonly Station[] {
  const only = stations.size === 1 ? [...stations.keys()] : [];
  const ids = Array.isArray(containers) ? containers.map(String) : only;
  if (ids.length === 0) throw new RunError('INVALID_INPUT', 'containers must name at least one');
  return ids.map((id) => {
    const station = stations.get(id);
    if (!station) throw new RunError('INVALID_INPUT', `${id}: There is no such container on this node`);
    return station;
  });
}

/** One job on its way through its containers. */
class ContainerRun {
  readonly #request: RunRequest;
  readonly #context: RunContext;
  readonly #steps: ContainerStep[] = [];
  #characters = 0;

  constructor(request: RunRequest, context: RunContext) {
    this.#request = request;
    this.#context = context;
  }

  /** @throws {RunError} PROGRAM_FAILED with what the containers before came to */
  async through(chain: readonly Station[]): Promise<RunResult> {
    const { params, content } = this.#request;
    const units = maximumUnits(serviceFor('container'), content, params);
    // Its reader is told at once that the job has begun.
    if (params['stream'] === true) await deliver(this.#context, { text: '', tokens: units });
    let data = contentOf(content);
    for (const [at, station] of chain.entries()) {
      const isLast = at === chain.length - 1;
      if (isLast && params['stream'] === true) return { output: await this.#read(station, data), units, metadata: {} };
      data = await this.#ask(station, data, isLast);
      this.#context.progress(Math.floor(((at + 1) * 100) / chain.length));
    }
    return { output: JSON.stringify(this.#steps), units, metadata: {} };
  }

  async #ask(station: Station, data: unknown, isLast: boolean): Promise<unknown> {
    return await this.#at(station, async () => {
      const output = await askContainer(
        station.calls,
        this.#input(data, isLast, this.#destination(isLast)),
        this.#limits(station),
      );
      this.#characters += JSON.stringify(output).length;
      if (this.#characters > MAX_CHARACTERS) throw new ContainerFailure('The answers are too large together');
      this.#steps.push({ container: station.id, output });
      return output;
    });
  }

  async #read(station: Station, data: unknown): Promise<string> {
    return await this.#at(station, async () => {
      let whole = '';
      for await (const text of readContainer(
        station.calls,
        this.#input(data, true, PLACE.stream),
        this.#limits(station),
      )) {
        whole += text;
        await deliver(this.#context, { text, tokens: 0 });
      }
      return whole;
    });
  }

  /** Waits for a place at the container, and says of whatever it fails at that it was this one. */
  async #at<T>({ id, places }: Station, work: () => Promise<T>): Promise<T> {
    const leave = await places.enter(1, this.#context.signal);
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ContainerFailure)) throw error;
      const steps = [...this.#steps, { container: id, error: error.message }];
      const partial = { output: JSON.stringify(steps), units: 0, metadata: {} };
      throw new RunError('PROGRAM_FAILED', `${id}: ${error.message}`, { cause: error, partial });
    } finally {
      leave();
    }
  }

  /** Only the last answer is brought to the chain. */
  #destination(isLast: boolean): number {
    return isLast && this.#request.params['chain'] !== undefined ? PLACE.chain : PLACE.offChain;
  }

  #input(data: unknown, isLast: boolean, destination: number): ContainerInput {
    const requiresProof = isLast && this.#request.params['requires_proof'] === true;
    const source = this.#request.params['chain'] === true ? PLACE.chain : PLACE.offChain;
    return { source, destination, data, requires_proof: requiresProof };
  }

  #limits({ timeoutMs, maxAnswerBytes: maxBytes }: Station) {
    return { timeoutMs, maxBytes, signal: this.#context.signal };
  }
}

/** @throws {RunError} INVALID_INPUT */
function contentOf(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw new RunError('INVALID_INPUT', 'The data is no JSON', { cause });
  }
}
