import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Logger } from 'pino';
import type { Inventory } from './inventory.ts';

/** A node has better to do when it starts; and one that ends at once is not looked at. */
const START_AFTER_MS = 5000;
/** On Windows it takes some seconds. */
const INVENTORY_TIMEOUT_MS = 60_000;
const MAX_BYTES = 256 * 1024;
/** Nothing else of the environment is for what is started: it may hold keys. */
const PASSED = ['PATH', 'HOME', 'SystemRoot', 'windir', 'TEMP', 'LANG'];

const run = promisify(execFile);

/** What the machine is made of, once that was looked at. */
export interface InventoryBook {
  readonly find: () => Inventory | undefined;
  /** Looks once, later. */
  start(): void;
  close(): void;
}

export interface InventoryDeps {
  readonly logger: Pick<Logger, 'info'>;
  readonly take?: (signal: AbortSignal) => Promise<Inventory>;
  readonly startAfterMs?: number;
}

export function createInventoryBook(deps: InventoryDeps): InventoryBook {
  const { logger, take = takeInventory, startAfterMs = START_AFTER_MS } = deps;
  const ending = new AbortController();
  let found: Inventory | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    try {
      found = await take(ending.signal);
    } catch (error) {
      if (!ending.signal.aborted) logger.info({ err: error }, 'what this machine is made of could not be found out');
    }
  }

  return {
    find: () => found,
    start: () => void (timer ??= setTimeout(() => void look(), startAfterMs).unref()),
    close() {
      clearTimeout(timer);
      ending.abort();
    },
  };
}

/** Looks in another process, which is ended at a deadline. @throws {Error} where that fails */
export async function takeInventory(signal: AbortSignal): Promise<Inventory> {
  const env = Object.fromEntries(PASSED.flatMap((name) => (name in process.env ? [[name, process.env[name]]] : [])));
  const limits = { timeout: INVENTORY_TIMEOUT_MS, killSignal: 'SIGKILL', maxBuffer: MAX_BYTES } as const;
  const { stdout } = await run(process.execPath, [fileURLToPath(programUrl())], { ...limits, env, signal });
  return JSON.parse(stdout) as Inventory;
}

/** Node.js runs no TypeScript before 22.18: out of the sources, the built program is used. */
function programUrl(): URL {
  const built = import.meta.url.endsWith('.js');
  return new URL(built ? './inventory-program.js' : '../../dist/stats/inventory-program.js', import.meta.url);
}
