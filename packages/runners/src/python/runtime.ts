import { normalName, parseJson } from '@plexus/protocol';
import Type, { type Static } from 'typebox';
import { Check } from 'typebox/value';
import { reasonOf } from '../interruption.ts';
import { runProcess } from '../process.ts';
import { RunError } from '../runner.ts';
import type { Bind, Sandbox } from '../sandbox/sandbox.ts';
import { findProgram } from '../sandbox/programs.ts';
import { inScratch } from '../scratch.ts';
import type { Packages } from './requirements.ts';

const TIMEOUT_MS = 20_000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const MEMORY_BYTES = 512 * 1024 * 1024;

/** The Python that programs are run by. */
export interface PythonRuntime {
  /** Its path, the same inside a sandbox as outside. */
  readonly interpreter: string;
  readonly version: string;
  /** Folders of it that a sandbox does not show anyway. */
  readonly binds: readonly Bind[];
  /** What can be imported inside the sandbox. */
  readonly packages: Packages;
}

const Places = Type.Object({ executable: Type.String(), prefixes: Type.Array(Type.String()) });
const Contents = Type.Object({ version: Type.String(), packages: Type.Record(Type.String(), Type.String()) });

const FIND_PLACES = `import json, sys
print(json.dumps({"executable": sys.executable, "prefixes": [sys.prefix, sys.base_prefix]}))`;

/** Distributions of which a module can be found; where Python cannot tell, all of them. */
const LIST_PACKAGES = `import importlib.metadata as metadata, importlib.util, json, sys
def importable(module):
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False
modules = {}
for module, names in getattr(metadata, "packages_distributions", dict)().items():
    for name in names:
        modules.setdefault(name, []).append(module)
packages = {}
for distribution in metadata.distributions():
    name = distribution.metadata["Name"]
    if name and any(importable(module) for module in modules.get(name, ["sys"])):
        packages.setdefault(name, distribution.version)
print(json.dumps({"version": sys.version.split()[0], "packages": packages}))`;

/**
 * Finds a Python and what can be imported with it inside a sandbox.
 *
 * @param interpreter a path; Debian's own, else the first of PATH, where it is not given
 * @throws {RunError} ENGINE_FAILED when there is none, or it does not run
 */
export async function findPythonRuntime(
  sandbox: Sandbox,
  { interpreter, signal }: { readonly interpreter: string | undefined; readonly signal: AbortSignal },
): Promise<PythonRuntime> {
  const asked = interpreter ?? (await findProgram('python3'));
  if (asked === undefined) throw new RunError('ENGINE_FAILED', 'Python 3 is not installed');
  const { executable, prefixes } = await placesOf(asked, signal);
  const binds = [...new Set(prefixes)].filter(isHidden).map((folder) => ({ from: folder, to: folder }));
  const { version, packages } = await contentsOf(sandbox, { executable, binds }, signal);
  const named = Object.entries(packages).map(([name, installed]): [string, string] => [normalName(name), installed]);
  return { interpreter: executable, version, binds, packages: new Map(named) };
}

/** A sandbox shows /usr, but neither /usr/local nor anything else. */
function isHidden(folder: string): boolean {
  return folder !== '/usr' && (!folder.startsWith('/usr/') || folder.startsWith('/usr/local'));
}

async function placesOf(interpreter: string, signal: AbortSignal): Promise<Static<typeof Places>> {
  const limits = { timeoutMs: TIMEOUT_MS, maxOutputBytes: MAX_ANSWER_BYTES };
  const args = ['-I', '-c', FIND_PLACES];
  const { exitCode, stdout, stderr } = await runProcess({ command: interpreter, args, env: {}, ...limits, signal });
  if (exitCode !== 0) throw new RunError('ENGINE_FAILED', `${interpreter} does not run: ${reasonOf(stderr)}`);
  return readAnswer(Places, stdout, interpreter);
}

async function contentsOf(
  sandbox: Sandbox,
  { executable, binds }: { readonly executable: string; readonly binds: readonly Bind[] },
  signal: AbortSignal,
): Promise<Static<typeof Contents>> {
  return await inScratch('python', async (outputFolder) => {
    const { exitCode, stdout, stderr } = await sandbox.run({
      command: [executable, '-B', '-s', '-c', LIST_PACKAGES],
      binds,
      cwd: '/tmp',
      env: {},
      input: '',
      limits: {
        cpuMillis: 1000,
        memoryBytes: MEMORY_BYTES,
        processes: 16,
        timeoutMs: TIMEOUT_MS,
        maxPrintedBytes: MAX_ANSWER_BYTES,
        maxOutputBytes: 1,
        maxOutputFiles: 1,
      },
      outputFolder,
      signal,
    });
    if (exitCode !== 0)
      throw new RunError('ENGINE_FAILED', `${executable} does not run in the sandbox: ${reasonOf(stderr)}`);
    return readAnswer(Contents, stdout.toString(), executable);
  });
}

function readAnswer<T extends typeof Places | typeof Contents>(schema: T, text: string, whose: string): Static<T> {
  const value = parseJson(text);
  if (Check(schema, value)) return value;
  throw new RunError('ENGINE_FAILED', `${whose} is no Python 3: it answered ${JSON.stringify(text.slice(0, 100))}`);
}
