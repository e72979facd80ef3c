import { fileURLToPath } from 'node:url';

/** The GGUF that ships with this package; models/README.md says what it is. Same depth in src and dist. */
export function defaultModelPath(): string {
  return fileURLToPath(new URL('../../models/plexus-tiny-q8_0.gguf', import.meta.url));
}
