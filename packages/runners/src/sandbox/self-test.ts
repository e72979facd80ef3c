/** Shows that a sandbox keeps its word, before anything is run in it that is not ours. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '../interruption.ts';
import { inScratch } from '../scratch.ts';
import type { Sandbox, SandboxLimits, SandboxOutcome } from './sandbox.ts';

const MIB = 1024 * 1024;
const LIMITS: SandboxLimits = {
  cpuMillis: 1000,
  memoryBytes: 64 * MIB,
  processes: 16,
  timeoutMs: 20_000,
  maxPrintedBytes: 64 * 1024,
  maxOutputBytes: MIB,
  maxOutputFiles: 4,
};

/** Prints a line for everything that a job can do and should not. */
const PROBES = `
leak() { echo "leak: $1"; }
for path in / /usr /bin /lib /dev /etc /job; do
  (: > "$path/plexus-probe") 2>/dev/null && leak "a job can write to $path"
done
(: > /proc/sys/kernel/core_pattern) 2>/dev/null && leak 'a job can change the kernel'
[ -e "$SECRET_FILE" ] && leak 'a job sees the files of the host'
tail -n +3 /proc/net/dev | grep -qv '^ *lo:' && leak 'a job has a network'
[ "$(ls /proc | grep -c '^[0-9]')" -gt 12 ] && leak 'a job sees the processes of the host'
[ -n "$(tr -d '\\0' < /proc/1/environ 2>/dev/null)" ] && leak 'a job can read the environment of its sandbox'
tr '\\0' '\\n' < /proc/1/cmdline | grep -q -e "$MARK" && leak 'a job can read how its sandbox is made'
grep -q '^Seccomp:[^0-9]*2$' /proc/self/status || leak 'system calls are not filtered'
grep -q '^NoNewPrivs:[^0-9]*1$' /proc/self/status || leak 'a job can gain privileges'
grep -q '^Cap[IPEBA][a-z]*:.*[1-9a-f]' /proc/self/status && leak 'a job has capabilities'
unshare --user true 2>/dev/null && leak 'a job can make namespaces'
echo result > /output/probe && echo done
`;

/** Holds more memory than there is. */
const GREEDY = 'head -c 256000000 /dev/zero | tail -c 256000000 > /dev/null; echo done';

/**
 * Runs probes in a sandbox.
 *
 * @throws {Error} that says what is wrong with it
 */
export async function selfTest(sandbox: Sandbox, signal: AbortSignal): Promise<void> {
  await inScratch('probe', async (folder) => {
    await requireIsolation(await probe(sandbox, PROBES, { folder, signal }));
    await rm(join(folder, 'probe'));
    requireMemoryLimit(await probe(sandbox, GREEDY, { folder, signal }));
  });
}

interface Probing {
  readonly folder: string;
  readonly signal: AbortSignal;
}

async function probe(sandbox: Sandbox, script: string, { folder, signal }: Probing): Promise<SandboxOutcome> {
  return await sandbox.run({
    command: ['/bin/sh', '-c', script],
    binds: [{ from: folder, to: '/job' }],
    cwd: '/job',
    env: { SECRET_FILE: folder, MARK: randomUUID() },
    input: '',
    limits: LIMITS,
    outputFolder: folder,
    signal,
  });
}

async function requireIsolation({ exitCode, stdout, stderr, outputs }: SandboxOutcome): Promise<void> {
  const lines = stdout.toString().trim().split('\n');
  const leaks = lines.flatMap((line) => (line.startsWith('leak: ') ? line.slice('leak: '.length) : []));
  if (leaks.length > 0) throw new Error(`The sandbox does not isolate: ${leaks.join('; ')}`);
  if (exitCode !== 0 || lines.at(-1) !== 'done') throw new Error(`The sandbox does not start: ${reasonOf(stderr)}`);
  if (outputs.length !== 1) throw new Error('Files cannot be brought out of the sandbox');
}

function requireMemoryLimit({ stdout, usage }: SandboxOutcome): void {
  if (usage.memoryKills > 0) return;
  throw new Error(`Memory is not limited in the sandbox (${stdout.toString().trim()})`);
}
