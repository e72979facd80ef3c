import { dirname, join } from 'node:path';
import {
  type Engine,
  findPackages,
  type Installation,
  type InstallOptions,
  installPackages,
} from '../install/packages.ts';

const VERSION = '1.1.3';
const LABEL = `whisper.cpp ${VERSION}`;
const MEGABYTES = 3;
/** Platforms of which there is a build for the processor that runs in the sandbox. */
const ARCHITECTURES = ['x64', 'arm64'];

/** The package with the program's library for a platform, if there is one. */
export function whisperPackage(platform: string, arch: string): string | undefined {
  return platform === 'linux' && ARCHITECTURES.includes(arch) ? `@fugood/node-whisper-linux-${arch}` : undefined;
}

interface WhisperInstallOptions extends Omit<InstallOptions, 'cacheDir'> {
  /** Engines are installed side by side; llama.cpp's place says where. */
  readonly llamaCacheDir: string;
  /** Whether it may be installed where it is missing. */
  readonly mayInstall: boolean;
}

/** The path of the library, about 3 MB from the npm registry where it is missing. Never throws. */
export async function whisperLibrary(options: WhisperInstallOptions): Promise<Installation> {
  const { llamaCacheDir, mayInstall, signal, onProgress } = options;
  const name = whisperPackage(process.platform, process.arch);
  if (name === undefined) {
    return { installed: false, reason: `whisper.cpp has no build for ${process.platform} on ${process.arch}` };
  }
  const engine: Engine = { label: LABEL, megabytes: MEGABYTES, packages: { [name]: VERSION } };
  const cacheDir = join(dirname(llamaCacheDir), `whisper-${VERSION}`);
  const found = await (mayInstall
    ? installPackages({ cacheDir, signal, onProgress }, engine)
    : findPackages(cacheDir, engine));
  return found.installed
    ? { installed: true, path: join(found.path, 'node_modules', ...name.split('/'), 'index.node') }
    : found;
}
