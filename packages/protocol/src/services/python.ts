import Type from 'typebox';
import { REQUIREMENT_PATTERN, requirementName } from './requirement.ts';
import { jsonResult } from './results.ts';
import { defineService } from './service.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** Memory of a program that does not say; its temporary and output files count towards it. */
const DEFAULT_MEMORY_BYTES = 512 * MIB;
/** What a program may use that does not say. */
export const PYTHON_DEFAULTS = { cpuMillis: 1000, memoryBytes: DEFAULT_MEMORY_BYTES, timeoutSeconds: 300 } as const;

/** The job may wait for its node beside the longest time that a program may take. */
const JOB_SECONDS = 3600;
const MAX_PROGRAM_SECONDS = 1800;

/** Segments begin with a letter, digit or underscore, so that none of them leads out of the bundle. */
const ENTRYPOINT = String.raw`^(\w[\w.-]*/)*\w[\w.-]*\.py$`;

/** What a node offers of Python's packages is named like this among the features of its engine. */
const PACKAGE_FEATURE = 'python:';

/** The name under which a node offers an installed package. */
export function packageFeature(name: string): string {
  return PACKAGE_FEATURE + name;
}

/** A program of the client's in a sandbox of the node's. */
export const python = defineService({
  id: 'python',
  name: 'Python program',
  category: 'scientific_computing',
  description:
    'Runs a Python program from an uploaded bundle in a sandbox: no network, read-only files, limited processor, ' +
    'memory and time. The content is its JSON input. Billed per second of each CPU asked for.',
  version: '1.0.0',
  icon: '🐍',
  unitType: 'second',
  unitPriceMicro: 100n,
  content: { name: 'input', schema: Type.Unknown({ description: 'What the program is given.' }), isJson: true },
  params: Type.Object({
    entrypoint: Type.String({
      pattern: ENTRYPOINT,
      maxLength: 300,
      description: 'The program, as a path in the bundle.',
    }),
    bundle: Type.Optional(
      Type.String({
        pattern: '^[0-9a-f]{64}$',
        description: 'What POST /v1/bundles answered: the SHA-256 of the archive.',
      }),
    ),
    requirements: Type.Optional(
      Type.Array(Type.String({ pattern: REQUIREMENT_PATTERN, maxLength: 200 }), {
        maxItems: 50,
        description: 'Packages that must be installed at the node, for example "numpy" or "numpy>=1.24".',
      }),
    ),
    cpu_millis: Type.Optional(
      Type.Integer({ minimum: 100, maximum: 64_000, description: 'Thousandths of a CPU; 1,000 unless told.' }),
    ),
    memory_bytes: Type.Optional(
      Type.Integer({ minimum: 32 * MIB, maximum: 256 * GIB, description: 'At most; 512 MiB unless told.' }),
    ),
    timeout_seconds: Type.Optional(
      Type.Integer({ minimum: 1, maximum: MAX_PROGRAM_SECONDS, description: 'For the program; 300 unless told.' }),
    ),
  }),
  output: Type.Object({}, { description: 'What the program answers.' }),
  readResult: jsonResult,
  fileMembers: ['output_files'],
  requirements: [
    { component: 'memory', minimum: '1', recommended: '4', unit: 'GiB' },
    { component: 'bubblewrap', minimum: '0.6', recommended: '0.8' },
    { component: 'python', minimum: '3.9', recommended: '3.11' },
  ],
  capabilities: ['sandbox'],
  tags: ['python', 'code', 'script', 'sandbox'],
  maxConcurrent: 4,
  timeoutSeconds: JOB_SECONDS,
  takesBundle: true,
  compute: PYTHON_DEFAULTS,
  featuresOf({ requirements }) {
    const named = Array.isArray(requirements) ? requirements.filter((entry) => typeof entry === 'string') : [];
    return [...new Set(named.map((entry) => packageFeature(requirementName(entry))))];
  },
});
