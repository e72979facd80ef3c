/** Numbers of one processor architecture. */
export interface SyscallTable {
  /** What the kernel calls it in `seccomp_data.arch`. Source: linux/audit.h. */
  readonly auditArch: number;
  /** On x86-64 numbers from here on are another interface to the same kernel. Source: Documentation/arch/x86/x32.rst. */
  readonly otherAbiFrom: number | undefined;
  readonly clone: number;
  readonly clone3: number;
  readonly socket: number;
  readonly denied: readonly number[];
}

/**
 * What no job needs and what kernels have been broken through: other processes' memory, mounts, namespaces, modules, keys,
 * clocks, tracing, io_uring. Name, number on x86-64, number on arm64 (none where that has no such call).
 * Source: asm/unistd_64.h and asm-generic/unistd.h of Linux 6.1.
 */
const DENIED: readonly (readonly [name: string, x64: number, arm64: number | undefined])[] = [
  ['ptrace', 101, 117],
  ['syslog', 103, 116],
  ['uselib', 134, undefined],
  ['vhangup', 153, 58],
  ['modify_ldt', 154, undefined],
  ['pivot_root', 155, 41],
  ['adjtimex', 159, 171],
  ['chroot', 161, 51],
  ['acct', 163, 89],
  ['settimeofday', 164, 170],
  ['mount', 165, 40],
  ['umount2', 166, 39],
  ['swapon', 167, 224],
  ['swapoff', 168, 225],
  ['reboot', 169, 142],
  ['sethostname', 170, 161],
  ['setdomainname', 171, 162],
  ['iopl', 172, undefined],
  ['ioperm', 173, undefined],
  ['init_module', 175, 105],
  ['delete_module', 176, 106],
  ['quotactl', 179, 60],
  ['lookup_dcookie', 212, 18],
  ['clock_settime', 227, 112],
  ['mbind', 237, 235],
  ['set_mempolicy', 238, 237],
  ['kexec_load', 246, 104],
  ['add_key', 248, 217],
  ['request_key', 249, 218],
  ['keyctl', 250, 219],
  ['migrate_pages', 256, 238],
  ['unshare', 272, 97],
  ['move_pages', 279, 239],
  ['perf_event_open', 298, 241],
  ['fanotify_init', 300, 262],
  ['name_to_handle_at', 303, 264],
  ['open_by_handle_at', 304, 265],
  ['clock_adjtime', 305, 266],
  ['setns', 308, 268],
  ['process_vm_readv', 310, 270],
  ['process_vm_writev', 311, 271],
  ['kcmp', 312, 272],
  ['finit_module', 313, 273],
  ['kexec_file_load', 320, 294],
  ['bpf', 321, 280],
  ['userfaultfd', 323, 282],
  ['io_uring_setup', 425, 425],
  ['io_uring_enter', 426, 426],
  ['io_uring_register', 427, 427],
  ['open_tree', 428, 428],
  ['move_mount', 429, 429],
  ['fsopen', 430, 430],
  ['fsconfig', 431, 431],
  ['fsmount', 432, 432],
  ['fspick', 433, 433],
  ['pidfd_getfd', 438, 438],
  ['process_madvise', 440, 440],
  ['mount_setattr', 442, 442],
  ['quotactl_fd', 443, 443],
];

/** Calls beyond this one are newer than what is listed here, so nothing is known of them. Source: Linux 5.17. */
export const NEWEST_SYSCALL = 450;

const TABLES: Readonly<Record<string, SyscallTable>> = {
  x64: {
    auditArch: 0xc000003e,
    otherAbiFrom: 0x40000000,
    clone: 56,
    clone3: 435,
    socket: 41,
    denied: DENIED.map(([, x64]) => x64),
  },
  arm64: {
    auditArch: 0xc00000b7,
    otherAbiFrom: undefined,
    clone: 220,
    clone3: 435,
    socket: 198,
    denied: DENIED.flatMap(([, , arm64]) => arm64 ?? []),
  },
};

/** The table for what Node.js calls this processor, where there is one. */
export function syscallTable(arch: string): SyscallTable | undefined {
  return TABLES[arch];
}
