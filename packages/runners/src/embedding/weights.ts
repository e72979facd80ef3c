import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Vocabulary } from './tokenizer.ts';

export interface Weights {
  /** The tensor whose name ends so. */
  tensor(ending: string): Float32Array;
  readonly vocabulary: Vocabulary;
  /** In hex, of the files of weights one after the other. */
  readonly sha256: string;
}

/** A model as TensorFlow.js keeps it: a list of tensors, and their bytes in several files. */
interface Manifest {
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly { readonly name: string; readonly shape: readonly number[] }[];
  }[];
}

const ELEMENT_BYTES = 4;

export async function readWeights(folder: string): Promise<Weights> {
  const [manifest, vocabulary] = await Promise.all([
    readJson<Manifest>(join(folder, 'model.json')),
    readJson<Vocabulary>(join(folder, 'vocab.json')),
  ]);
  const paths = manifest.weightsManifest.flatMap((group) => group.paths);
  const bytes = Buffer.concat(await Promise.all(paths.map((path) => readFile(join(folder, path)))));
  const places = placesOf(manifest);
  return {
    tensor(ending) {
      const [place, other] = places.filter(({ name }) => name.endsWith(ending));
      if (!place || other) throw new Error(`The weights have not one tensor "${ending}"`);
      // A copy, because floats must lie at a multiple of their size.
      return new Float32Array(Uint8Array.from(bytes.subarray(place.start, place.end)).buffer);
    },
    vocabulary,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}

/** Both kinds of numbers in the model take four bytes, one after the other. */
function placesOf({ weightsManifest }: Manifest) {
  let start = 0;
  return weightsManifest
    .flatMap((group) => group.weights)
    .map(({ name, shape }) => {
      const end = start + ELEMENT_BYTES * shape.reduce((product, size) => product * size, 1);
      const place = { name, start, end };
      start = end;
      return place;
    });
}

/** The files come with a package whose version is pinned. */
async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, 'utf8')) as T;
}
