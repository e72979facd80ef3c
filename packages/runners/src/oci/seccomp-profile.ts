/**
 * A profile of system calls that is narrower than Podman's own, which lets a container talk to the hypervisor (AF_VSOCK,
 * of which there is one for all networks), make namespaces, trace, and read keys.
 */
import Type, { type Static } from 'typebox';
import { Check } from 'typebox/value';
import { parseJson } from '@plexus/protocol';

const Rule = Type.Object({
  names: Type.Array(Type.String()),
  action: Type.String(),
  args: Type.Optional(Type.Union([Type.Array(Type.Unknown()), Type.Null()])),
});
const Profile = Type.Object({ syscalls: Type.Array(Rule) });
type Rule = Static<typeof Rule>;

const ALLOW = 'SCMP_ACT_ALLOW';
/** What no service needs, and what leads out of containers when a kernel has a hole. */
const REFUSED: ReadonlySet<string> = new Set([
  'add_key',
  'request_key',
  'keyctl',
  'ptrace',
  'process_vm_readv',
  'process_vm_writev',
  'kcmp',
  'pidfd_getfd',
  'unshare',
  'setns',
  'mount',
  'umount',
  'umount2',
  'pivot_root',
  'open_tree',
  'move_mount',
  'mount_setattr',
  'fsopen',
  'fsconfig',
  'fsmount',
  'fspick',
  'bpf',
  'perf_event_open',
  'userfaultfd',
  'name_to_handle_at',
  'io_uring_setup',
  'io_uring_enter',
  'io_uring_register',
  'open_by_handle_at',
  'socketcall',
]);
/** AF_UNIX, AF_INET, AF_INET6, AF_NETLINK. Source: sys/socket.h. */
const FAMILIES = [1, 2, 10, 16];

/**
 * The narrower profile, made of Podman's own.
 *
 * @param text of containers/seccomp.json
 * @returns undefined when it is not understood
 */
export function narrowerProfile(text: string): string | undefined {
  const profile = parseJson(text);
  if (!Check(Profile, profile)) return undefined;
  const kept = profile.syscalls.map((rule) => ({
    ...rule,
    names: rule.names.filter((name) => !isRefused(name, rule)),
  }));
  const syscalls = [...kept.filter(({ names }) => names.length > 0), ...FAMILIES.map(socketOf)];
  return JSON.stringify({ ...profile, syscalls });
}

/** Sockets come back for the families that are allowed; two rules for one of them would contradict each other. */
function isRefused(name: string, { action }: Rule): boolean {
  return name === 'socket' || (action === ALLOW && REFUSED.has(name));
}

function socketOf(family: number) {
  const arg = { index: 0, value: family, valueTwo: 0, op: 'SCMP_CMP_EQ' };
  return { names: ['socket'], action: ALLOW, args: [arg], comment: '', includes: {}, excludes: {} };
}
