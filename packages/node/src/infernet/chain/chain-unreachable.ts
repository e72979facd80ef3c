/** A chain that could not be asked now, and may be later; its cause says why. */
export class ChainUnreachable extends Error {
  override readonly name = 'ChainUnreachable';

  constructor(cause: unknown) {
    super('The chain cannot be reached', { cause });
  }
}
