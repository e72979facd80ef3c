/**
 * Completes package-lock.json after `npm install` from a registry that lacks some platforms' binaries: npm then
 * leaves their optional packages out of the lock, and `npm ci` refuses such a lock everywhere. Each missing one is
 * entered with its version and the platform its name states, so that npm skips it where it does not fit.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32', 'aix'];
const PROCESSORS = ['x64', 'arm64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el', 'wasm32'];

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const added = [];

for (const { optionalDependencies = {}, dev } of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const path = `node_modules/${name}`;
    if (lock.packages[path] || !/^\d/.test(version)) continue;
    lock.packages[path] = { version, ...(dev && { dev }), ...platformOf(name), optional: true };
    added.push(name);
  }
}

const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
writeFileSync('package-lock.json', `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
console.log(
  added.length === 0 ? 'package-lock.json is complete' : `entered ${added.length} packages of other platforms`,
);

/** What the name of a binary package says of its platform, in the lock's own fields. */
function platformOf(name) {
  const words = name
    .toLowerCase()
    .split(/[-/]/)
    .map((word) => (word === 'arm' || word.startsWith('armv') ? 'arm' : word));
  const os = SYSTEMS.filter((system) => words.includes(system));
  const cpu = PROCESSORS.filter((processor) => words.includes(processor));
  return { ...(cpu.length > 0 && { cpu }), ...(os.length > 0 && { os }) };
}
