/** What a container engine refused or could not do, in its own words. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  /** HTTP status of the engine's answer; undefined when none came. */
  readonly status: number | undefined;

  constructor(message: string, status?: number, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}
