import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { NodeSettingsPatch } from '@plexus/protocol';
import type { MachineShare } from '@plexus/runners';
import type { Static } from 'typebox';
import { readChecked, replaceFile } from '../files.ts';
import type { Machine } from '../machine.ts';

type Patch = Static<typeof NodeSettingsPatch>;

/** What of a node can be changed while it runs, or for its next start. */
interface NodeSettings {
  readonly training: {
    readonly enabled: boolean;
    readonly batch_size: number;
    readonly learning_rate: number;
    readonly diloco_steps: number;
  };
  readonly resources: { readonly max_memory_gb: number; readonly cpu_threads: number };
}

/** Keys that engines read once, when they are loaded. */
const AFTER_RESTART: ReadonlySet<string> = new Set(['resources.cpu_threads']);
/** Its keys are kept for the time when nodes train. */
const WITHOUT_EFFECT = 'training.';
const GIB = 1024 ** 3;
const CPU_MILLIS = 1000;
const NO_SETTINGS = "is not a node's configuration; move it away to start with the defaults";

interface SettingsChange {
  /** Dotted names of all keys that the change named. */
  readonly updated: readonly string[];
  /** Those among them that have effect after a restart only, at least in part: they are not what they were at the start. */
  readonly afterRestart: readonly string[];
  /** Those that nothing reads yet. */
  readonly withoutEffect: readonly string[];
}

/** The settings kept in HOME/config.json. */
export interface SettingsBook {
  readonly current: NodeSettings;
  /** What others may have of the machine: all of it, but for what was set. */
  readonly share: MachineShare;
  /** Keeps a change that has been checked, all of it or none. */
  change(patch: Patch): SettingsChange;
}

/**
 * @param machine what there is, which is offered unless it is set otherwise
 * @param onChange called after a change was kept
 * @throws {Error} when the file is not what this program writes
 */
export async function openSettings(
  home: string,
  machine: Pick<Machine, 'cpu_millis' | 'memory_bytes'>,
  onChange: () => void,
): Promise<SettingsBook> {
  const path = join(home, 'config.json');
  let kept = (await readChecked(path, NodeSettingsPatch, NO_SETTINGS)) ?? {};
  const defaults = defaultsFor(machine.memory_bytes);
  const atStart = applied(defaults, kept);
  return {
    get current() {
      return applied(defaults, kept);
    },
    share: {
      cpuMillis: () => atMost(kept.resources?.cpu_threads, CPU_MILLIS, machine.cpu_millis),
      memoryBytes: () => atMost(kept.resources?.max_memory_gb, GIB, machine.memory_bytes),
    },
    change(patch) {
      const next = {
        training: { ...kept.training, ...patch.training },
        resources: { ...kept.resources, ...patch.resources },
      };
      replaceFile(path, `${JSON.stringify(next, undefined, 2)}\n`);
      kept = next;
      onChange();
      const updated = namesIn(patch);
      const changed = (name: string) => valueAt(atStart, name) !== valueAt(applied(defaults, kept), name);
      return {
        updated,
        afterRestart: updated.filter((name) => AFTER_RESTART.has(name) && changed(name)),
        withoutEffect: updated.filter((name) => name.startsWith(WITHOUT_EFFECT)),
      };
    },
  };
}

/** Source: seed 003, "GET /config", for what the machine does not say. */
function defaultsFor(memoryBytes: number): NodeSettings {
  return {
    training: { enabled: true, batch_size: 8, learning_rate: 0.0001, diloco_steps: 500 },
    resources: {
      // Rounded up, so that all of it is offered.
      max_memory_gb: Math.ceil((memoryBytes / GIB) * 100) / 100,
      cpu_threads: Math.max(1, availableParallelism() - 1),
    },
  };
}

function atMost(set: number | undefined, unit: number, most: number): number {
  return set === undefined ? most : Math.min(most, Math.floor(set * unit));
}

function applied({ training, resources }: NodeSettings, patch: Patch): NodeSettings {
  return { training: { ...training, ...patch.training }, resources: { ...resources, ...patch.resources } };
}

function namesIn(patch: Patch): readonly string[] {
  return Object.entries(patch).flatMap(([group, values]) => Object.keys(values).map((name) => `${group}.${name}`));
}

function valueAt(settings: NodeSettings, name: string): unknown {
  const [group = '', key = ''] = name.split('.');
  const groups: Readonly<Record<string, Readonly<Record<string, unknown>>>> = { ...settings };
  return groups[group]?.[key];
}
