import {
  type Engine,
  findPackages,
  type Installation,
  type InstallOptions,
  installPackages,
} from '../install/packages.ts';

const VERSION = '3.22.1';
export const LLAMA_ENGINE = `node-llama-cpp ${VERSION}`;

/** Packages with a build of llama.cpp that needs no more than the machine has: CPU, and Metal on Apple's. */
const BINARIES: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'linux-arm': 'linux-armv7l',
  'linux-riscv64': 'linux-riscv64',
  'darwin-arm64': 'mac-arm64-metal',
  'darwin-x64': 'mac-x64',
  'win32-x64': 'win-x64',
  'win32-arm64': 'win-arm64',
};

/** The name of the package with the binaries for a platform, if there is one. */
export function binaryPackage(platform: string, arch: string): string | undefined {
  const name = BINARIES[`${platform}-${arch}`];
  return name === undefined ? undefined : `@node-llama-cpp/${name}`;
}

function llamaEngine(): Engine | undefined {
  const binaries = binaryPackage(process.platform, process.arch);
  if (binaries === undefined) return undefined;
  return { label: LLAMA_ENGINE, megabytes: 85, packages: { 'node-llama-cpp': VERSION, [binaries]: VERSION } };
}

function noBuild(): Installation {
  return { installed: false, reason: `llama.cpp has no build for ${process.platform} on ${process.arch}` };
}

/** Whether the folder holds an installation of exactly this version with binaries for this machine. */
export async function findLlama(cacheDir: string): Promise<Installation> {
  const engine = llamaEngine();
  return engine ? findPackages(cacheDir, engine) : noBuild();
}

/** Installs llama.cpp for Node, about 85 MB from the npm registry, unless it is there. Never throws. */
export async function installLlama(options: InstallOptions): Promise<Installation> {
  const engine = llamaEngine();
  return engine ? installPackages(options, engine) : noBuild();
}
