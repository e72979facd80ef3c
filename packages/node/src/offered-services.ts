import type { Detection, Runner } from '@plexus/runners';
import type { ServiceState } from './options.ts';

/** Why a service is not offered whose engine has not been found or missed yet. */
const SETTING_UP = 'it is being set up';
/** Runners that are kept after they were replaced: what they still do is older than so many changes then. */
const MAX_FORMER = 32;

/** What a node offers at the moment, and why it does not offer the rest of what is wanted. */
export class OfferedServices {
  readonly runners = new Map<string, Runner>();
  readonly states = new Map<string, ServiceState>();
  /** They may still be at work; the oldest first. */
  readonly #former: Runner[] = [];
  readonly #tell: (text: string) => void;

  constructor(wanted: readonly string[], ready: readonly Runner[], tell: (text: string) => void) {
    this.#tell = tell;
    for (const id of wanted) this.states.set(id, { id, available: false, reason: SETTING_UP });
    for (const runner of ready) this.#add(runner);
  }

  /** What has been neither found nor missed yet. */
  get settingUp(): readonly string[] {
    return [...this.states.values()].filter(({ reason }) => reason === SETTING_UP).map(({ id }) => id);
  }

  /** Offers what was found in the place of what was offered before; says whether there is something else to tell of it. */
  take(found: Detection): boolean {
    if (!found.available) {
      const wasSettingUp = this.settingUp.includes(found.service);
      this.#miss(found);
      return this.#leave(found.service) || wasSettingUp;
    }
    const { runner } = found;
    const { service, models } = runner;
    this.#leave(service);
    this.#add(runner);
    this.#tell(`${service} is offered${models[0] ? ` with ${models[0]}` : ''}`);
    return true;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#former, ...this.runners.values()].map((runner) => runner.close()));
  }

  #add(runner: Runner): void {
    this.runners.set(runner.service, runner);
    this.states.set(runner.service, { id: runner.service, available: true });
  }

  /** What is not there for the same reason as before is not told again. */
  #miss({ service: id, reason, remedy }: Extract<Detection, { available: false }>): void {
    const isKnown = this.states.get(id)?.reason === reason;
    this.states.set(id, { id, available: false, reason, remedy });
    if (!isKnown) this.#tell(`${id} is not offered: ${reason} (${remedy})`);
  }

  #leave(id: string): boolean {
    const runner = this.runners.get(id);
    if (runner) this.#former.push(runner);
    if (this.#former.length > MAX_FORMER) void this.#former.shift()?.close();
    return this.runners.delete(id);
  }
}
