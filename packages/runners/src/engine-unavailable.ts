import { RunError } from './runner.ts';

/** Something that keeps an engine from being used here, with the one command that mends it. */
export class EngineUnavailable extends RunError {
  readonly remedy: string;

  constructor(reason: string, remedy: string, options?: ErrorOptions) {
    super('ENGINE_FAILED', reason, options);
    this.remedy = remedy;
  }
}
