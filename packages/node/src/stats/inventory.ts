const GB = 1024 ** 3;
const MIB_PER_GB = 1024;
const MAX_GPUS = 64;
const MAX_TEXT = 200;

/** What a machine is made of, as far as it says so; nothing that tells it from another of its kind. Memory is in GB. */
export interface Inventory {
  readonly cpu: { readonly model?: string; readonly cores?: number; readonly threads?: number };
  readonly memory_total: number;
  readonly gpus: readonly InventoryGpu[];
  readonly system: { readonly manufacturer?: string; readonly model?: string; readonly virtual: boolean };
  readonly os: { readonly name?: string; readonly release?: string; readonly arch?: string };
}

interface InventoryGpu {
  readonly vendor?: string;
  readonly model?: string;
  readonly memory_total?: number;
}

/** What systeminformation found, as far as it is told. */
export interface Found {
  readonly cpu: {
    readonly manufacturer: string;
    readonly brand: string;
    readonly physicalCores: number;
    readonly cores: number;
  };
  readonly memoryBytes: number;
  /** Its memory is in MiB. */
  readonly controllers: readonly { readonly vendor: string; readonly model: string; readonly vram: number | null }[];
  readonly system: { readonly manufacturer: string; readonly model: string; readonly virtual?: boolean };
  readonly os: { readonly distro: string; readonly release: string; readonly arch: string };
}

/** Leaves out what the machine does not say. */
export function inventoryOf({ cpu, memoryBytes, controllers, system, os }: Found): Inventory {
  return {
    cpu: said({
      model: textOf(`${cpu.manufacturer} ${cpu.brand}`),
      cores: countOf(cpu.physicalCores),
      threads: countOf(cpu.cores),
    }),
    memory_total: round(memoryBytes / GB),
    gpus: controllers.slice(0, MAX_GPUS).map(({ vendor, model, vram }) =>
      said({
        vendor: textOf(vendor),
        model: textOf(model),
        memory_total: countOf(round((vram ?? 0) / MIB_PER_GB)),
      }),
    ),
    system: {
      ...said({ manufacturer: textOf(system.manufacturer), model: textOf(system.model) }),
      virtual: system.virtual ?? false,
    },
    os: said({ name: textOf(os.distro), release: textOf(os.release), arch: textOf(os.arch) }),
  };
}

type Said<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

function said<T extends object>(fields: T): Said<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Said<T>;
}

function textOf(text: string): string | undefined {
  return text.trim().slice(0, MAX_TEXT) || undefined;
}

function countOf(count: number): number | undefined {
  return Number.isFinite(count) && count > 0 ? count : undefined;
}

function round(number: number): number {
  return Math.round(number * 1000) / 1000;
}
