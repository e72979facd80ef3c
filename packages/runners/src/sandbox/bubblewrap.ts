/** How bubblewrap is told what a job sees. */
import { lstat, readlink } from 'node:fs/promises';
import { posix } from 'node:path';
import type { Bind, SandboxLimits } from './sandbox.ts';

/** Nobody: a user that owns nothing. */
const USER_ID = '65534';
/** File descriptors of a job beside the usual three: what bubblewrap reads, and the way out for its files. */
export const FD = { options: 3, filter: 4, outputs: 5 } as const;
/** Folders of the system that a job sees where they are. */
const SYSTEM = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];

/** Programs that a sandbox is made of, by their paths on the host. */
export interface SandboxPrograms {
  readonly bwrap: string;
  readonly prlimit: string;
  /** Only where this process is root's, which then gives all rights up. */
  readonly setpriv: string | undefined;
  /** Whether this bubblewrap can forbid further user namespaces. */
  readonly hasDisableUserns: boolean;
}

/** Runs the job, then hands out its files. Descriptor 5 is the launcher's alone. */
const LAUNCH = `"$@" ${FD.outputs}>&-
code=$?
if [ $code -eq 0 ] && [ -n "$(ls -A /output)" ]; then
  tar --create --format=pax --directory=/output --file=- . >&${FD.outputs} || exit 125
fi
exit $code`;

/** What is run inside: as nobody, without a right to anything. */
export function innerCommand({ setpriv }: SandboxPrograms, command: readonly string[]): readonly string[] {
  const launcher = ['/bin/sh', '-c', LAUNCH, 'plexus-job', ...command];
  if (setpriv === undefined) return launcher;
  const user = [`--reuid=${USER_ID}`, `--regid=${USER_ID}`, '--clear-groups'];
  return [setpriv, ...user, '--inh-caps=-all', '--bounding-set=-all', '--no-new-privs', ...launcher];
}

interface View {
  readonly binds: readonly Bind[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly limits: Pick<SandboxLimits, 'memoryBytes'>;
}

/**
 * Bubblewrap's options, each ended by NUL as `--args` wants them: on its command line everybody in the sandbox could
 * read them in /proc/1.
 */
export async function bubblewrapOptions(programs: SandboxPrograms, view: View): Promise<Buffer> {
  const options = [...privileges(programs), ...isolation(), ...(await system()), ...devices(view), ...job(view)];
  return Buffer.from(options.map((option) => `${option}\0`).join(''));
}

/**
 * Root makes the sandbox without a user namespace and becomes nobody inside of it: in a namespace of root's its nobody
 * would be root where the kernel asks who owns /proc/sys. Anybody else needs the namespace.
 */
function privileges({ setpriv, hasDisableUserns }: SandboxPrograms): readonly string[] {
  if (setpriv === undefined) {
    const nobody = ['--unshare-user', '--uid', USER_ID, '--gid', USER_ID, '--cap-drop', 'ALL'];
    return hasDisableUserns ? [...nobody, '--disable-userns'] : nobody;
  }
  const kept = ['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP'].flatMap((name) => ['--cap-add', name]);
  return ['--cap-drop', 'ALL', ...kept];
}

function isolation(): readonly string[] {
  const namespaces = ['ipc', 'pid', 'net', 'uts', 'cgroup-try'].map((name) => `--unshare-${name}`);
  return [...namespaces, '--hostname', 'job', '--die-with-parent', '--new-session', '--clearenv'];
}

/** The programs and libraries of the host, without what its administrator has put beside them. */
async function system(): Promise<readonly string[]> {
  const links = await Promise.all(SYSTEM.map((name) => systemFolder(`/${name}`)));
  const readable = ['/etc/alternatives', '/etc/ld.so.cache'].flatMap((path) => ['--ro-bind-try', path, path]);
  const hidden = ['/usr/local', '/usr/src'].flatMap((path) => ['--tmpfs', path]);
  return ['--ro-bind', '/usr', '/usr', ...links.flat(), '--perms', '0755', '--dir', '/etc', ...readable, ...hidden];
}

async function systemFolder(path: string): Promise<readonly string[]> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isSymbolicLink()) return ['--symlink', await readlink(path), path];
  return found?.isDirectory() ? ['--ro-bind', path, path] : [];
}

/** Half of the memory may be files in /tmp and half in /output: a full disk is then seen before the memory's end. */
function devices({ limits: { memoryBytes } }: View): readonly string[] {
  const half = Math.floor(memoryBytes / 2);
  const writable = (path: string, bytes: number) => ['--perms', '1777', '--size', String(bytes), '--tmpfs', path];
  const kernel = ['--proc', '/proc', '--dev', '/dev'];
  return [...kernel, ...['/dev/shm', '/tmp', '/output'].flatMap((path) => writable(path, half))];
}

/** The folders above a path: bubblewrap would make them for their owner alone. */
function parentsOf(path: string): readonly string[] {
  const parents: string[] = [];
  for (let folder = posix.dirname(path); folder !== '/'; folder = posix.dirname(folder)) parents.unshift(folder);
  return parents.flatMap((folder) => ['--perms', '0755', '--dir', folder]);
}

function job({ binds, cwd, env }: View): readonly string[] {
  const variables = { PATH: '/usr/bin:/bin', HOME: '/tmp', TMPDIR: '/tmp', LANG: 'C.UTF-8', USER: 'job', ...env };
  const shown = binds.flatMap(({ from, to }) => [...parentsOf(to), '--ro-bind', from, to]);
  const closed = ['/usr/local', '/usr/src', '/dev', '/'].flatMap((path) => ['--remount-ro', path]);
  const named = Object.entries(variables).flatMap(([name, value]) => ['--setenv', name, value]);
  return [...shown, ...closed, ...named, '--chdir', cwd, '--seccomp', String(FD.filter)];
}
