import { execFile } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { reasonOf } from '../interruption.ts';
import { RunError } from '../runner.ts';
import type { SandboxPrograms } from './bubblewrap.ts';
import type { CgroupParent } from './cgroup.ts';
import { openCgroups } from './open-cgroups.ts';
import { findProgram } from './programs.ts';
import { runInSandbox, type SandboxParts } from './run-in-sandbox.ts';
import type { Sandbox } from './sandbox.ts';
import { seccompFilter } from './seccomp.ts';
import { selfTest } from './self-test.ts';
import { syscallTable } from './syscalls.ts';

const HELP_TIMEOUT_MS = 5000;

export type SandboxDetection =
  | { readonly available: true; readonly sandbox: Sandbox }
  | {
      readonly available: false;
      readonly reason: string;
      /** The one command that mends it. */
      readonly remedy: string;
    };

/** Makes a sandbox of what this machine has, and tries it. Never throws. */
export async function detectSandbox(signal: AbortSignal): Promise<SandboxDetection> {
  try {
    return { available: true, sandbox: await openSandbox(signal) };
  } catch (error) {
    const remedy = error instanceof Missing ? error.remedy : await namespaceRemedy();
    return { available: false, reason: reasonOf(error), remedy };
  }
}

class Missing extends Error {
  override readonly name = 'Missing';
  readonly remedy: string;

  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.remedy = remedy;
  }
}

async function openSandbox(signal: AbortSignal): Promise<Sandbox> {
  const table = process.platform === 'linux' ? syscallTable(process.arch) : undefined;
  if (!table) {
    const machine = `${process.platform} ${process.arch}`;
    throw new Missing(`There is no sandbox for ${machine}`, 'run the node on Linux, on x86-64 or arm64');
  }
  const programs = await requirePrograms();
  const parent = await openCgroups().catch(async (cause: unknown) => {
    throw new Missing(reasonOf(cause), await cgroupRemedy(process.getuid?.() === 0), { cause });
  });
  const sandbox = createSandbox({ programs, filter: seccompFilter(table) }, parent);
  try {
    await selfTest(sandbox, signal);
    return sandbox;
  } catch (error) {
    await sandbox.close();
    throw error;
  }
}

async function requirePrograms(): Promise<SandboxPrograms> {
  const bwrap = await findProgram('bwrap');
  if (bwrap === undefined) throw new Missing('bubblewrap is not installed', 'apt-get install bubblewrap');
  const isRoot = process.getuid?.() === 0;
  const [prlimit, setpriv] = await Promise.all(['prlimit', 'setpriv'].map(findProgram));
  if (prlimit === undefined || setpriv === undefined) {
    throw new Missing('prlimit and setpriv are not installed', 'apt-get install util-linux');
  }
  const { stdout } = await promisify(execFile)(bwrap, ['--help'], { timeout: HELP_TIMEOUT_MS });
  const hasDisableUserns = stdout.includes('--disable-userns');
  return { bwrap, prlimit, setpriv: isRoot ? setpriv : undefined, hasDisableUserns };
}

const ELSEWHERE = 'run the node as root on the machine itself; in a container it needs --privileged';

/** Groups are root's, or those of a scope that systemd gives away; root that has none is in a container. */
export async function cgroupRemedy(isRoot: boolean): Promise<string> {
  if (isRoot) return ELSEWHERE;
  const hasSystemd = await access('/run/systemd/system').then(
    () => true,
    () => false,
  );
  return `${hasSystemd ? 'systemd-run --user --scope -p Delegate=yes' : 'sudo'} plexus up`;
}

/** Switches of distributions that keep ordinary users from making sandboxes. */
const SWITCHES = [
  { file: 'kernel/unprivileged_userns_clone', bad: '0', good: 'kernel.unprivileged_userns_clone=1' },
  {
    file: 'kernel/apparmor_restrict_unprivileged_userns',
    bad: '1',
    good: 'kernel.apparmor_restrict_unprivileged_userns=0',
  },
  { file: 'user/max_user_namespaces', bad: '0', good: 'user.max_user_namespaces=10000' },
];

async function namespaceRemedy(): Promise<string> {
  for (const { file, bad, good } of SWITCHES) {
    const value = await readFile(`/proc/sys/${file}`, 'utf8').catch(() => undefined);
    if (value?.trim() === bad) return `sudo sysctl -w ${good}`;
  }
  return ELSEWHERE;
}

function createSandbox(parts: SandboxParts, parent: CgroupParent): Sandbox {
  let count = 0;
  return {
    description: `bubblewrap, cgroup v${parent.version}`,
    async run(job) {
      count += 1;
      const { processes } = job.limits;
      const limits = { ...job.limits, processes: processes + OWN_PROCESSES };
      const cgroup = await parent.create(`job-${count}`, limits).catch((cause: unknown) => {
        throw new RunError('ENGINE_FAILED', `No control group can be made: ${reasonOf(cause)}`, { cause });
      });
      try {
        return await runInSandbox(parts, cgroup, job);
      } finally {
        await cgroup.remove();
      }
    },
    close: () => parent.close(),
  };
}

/** Processes of the sandbox itself: two of bubblewrap, the launcher, and what it calls. */
const OWN_PROCESSES = 5;
