/** A network, its load, and the faults that are done to it one after the other. */
import { checkAlways, checkAtRest } from './check.ts';
import { type EngineKind, openEngine } from './engine.ts';
import type { Fault } from './faults/fault.ts';
import { type Home, openHome } from './home.ts';
import { must } from './http.ts';
import { processesLeft } from './invariants/no-process-left.ts';
import type { Load } from './load/load.ts';
import { type Database, Network } from './network.ts';
import { Random } from './random.ts';
import { playRound, type Round } from './round.ts';
import { openLoad, openScene, type Pace, type Scene } from './scene.ts';

export interface SeriesOptions {
  readonly seed: number;
  readonly pace: Pace;
  readonly engine: EngineKind;
  readonly database: Database | undefined;
  readonly timesOf: (fault: Fault) => number;
}

/** What came of one fault. */
export interface FaultResult {
  readonly fault: string;
  readonly what: string;
  readonly rounds: readonly Round[];
  /** What did not hold after it, with the evidence in words; what is found at the end is put down to the last one. */
  readonly violations: readonly string[];
}

export interface SeriesResult {
  readonly results: readonly FaultResult[];
  readonly engine: string;
  readonly books: string;
  /** Calls that were answered. */
  readonly calls: number;
  /** The network's home, kept where something did not hold. */
  readonly evidence: string | undefined;
}

/** Does the faults to one network, and checks after each of them and at the end. */
export async function playSeries(faults: readonly Fault[], options: SeriesOptions): Promise<SeriesResult> {
  const home = openHome(faults.some(({ needsSmallDisk }) => needsSmallDisk));
  const played = await playIn(home, faults, options).catch((error: unknown) => brokenOff(faults, options, error));
  const hasFailed = played.results.some(({ violations }) => violations.length > 0);
  return { ...played, evidence: home.close(hasFailed) };
}

type Played = Omit<SeriesResult, 'evidence'>;

async function playIn(home: Home, faults: readonly Fault[], options: SeriesOptions): Promise<Played> {
  const random = new Random(options.seed).fork(faults.map(({ name }) => name).join());
  const engine = await openEngine(options.engine);
  try {
    const network = await Network.start({ home: home.folder, engine, random, database: options.database });
    const { results, calls, left } = await playOn(network, faults, { random, options });
    const violations = [...left, ...processesLeft(home.folder)];
    return { results: withLast(results, violations), calls, engine: engine.name, books: network.books.engine };
  } finally {
    await engine.close();
  }
}

/** Whatever happens, the network is stopped; `left` is what was wrong at the end. */
async function playOn(network: Network, faults: readonly Fault[], stage: Omit<Stage, 'scene'>) {
  let load: Load | undefined;
  try {
    load = await openLoad(network, stage.random);
    const scene = await openScene(network, load, stage.options.pace);
    const results = await playFaults(faults, { ...stage, scene });
    const left = await checkAtRest(scene);
    return { results, calls: load.ended.length, left: [...left, ...(await network.stop())] };
  } finally {
    await network.stop();
    await load?.abandon();
  }
}

function brokenOff(faults: readonly Fault[], { engine }: SeriesOptions, error: unknown): Played {
  const violations = [`the run broke off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`];
  const results = faults.map(({ name: fault, what }) => ({ fault, what, rounds: [], violations }));
  return { results, engine, books: 'no books', calls: 0 };
}

function withLast(results: readonly FaultResult[], violations: readonly string[]): readonly FaultResult[] {
  const last = results.at(-1);
  if (!last) return results;
  return [...results.slice(0, -1), { ...last, violations: [...last.violations, ...violations] }];
}

interface Stage {
  readonly scene: Scene;
  readonly random: Random;
  readonly options: SeriesOptions;
}

/** Ends with the first fault after which something does not hold: whatever comes then is not to be trusted. */
async function playFaults(faults: readonly Fault[], stage: Stage): Promise<readonly FaultResult[]> {
  const results: FaultResult[] = [];
  for (const fault of faults) {
    results.push(await playFault(fault, stage));
    if (results.at(-1)?.violations.length) break;
  }
  return results;
}

async function playFault(fault: Fault, { scene, random, options }: Stage): Promise<FaultResult> {
  const rounds: Round[] = [];
  const violations: string[] = [];
  const chance = random.fork(fault.name);
  while (rounds.length < options.timesOf(fault) && violations.length === 0) {
    rounds.push(await playRound(fault, scene, chance));
    const wrong = await checkAlways(scene);
    violations.push(...wrong.map((what) => `after ${fault.name} no. ${rounds.length}: ${what}`));
    scene.heads.push(await must(`${scene.network.url}/plexus/v1/log/head`));
  }
  return { fault: fault.name, what: fault.what, rounds, violations };
}
