import { describe, expect, test } from 'vitest';
import { ALLOW, KILL_PROCESS, NO_SUCH_FAMILY, NOT_IMPLEMENTED, REFUSE, seccompFilter } from '../src/sandbox/seccomp.ts';
import { syscallTable } from '../src/sandbox/syscalls.ts';

interface Call {
  readonly number: number;
  readonly arch: number;
  readonly first?: number;
}

/** What the kernel makes of a filter, for the few instructions that ours has. Source: linux/filter.h. */
function verdict(filter: Buffer, { number, arch, first = 0 }: Call): number {
  const data: Readonly<Record<number, number>> = { 0: number, 4: arch, 16: first };
  let accumulator = 0;
  for (let at = 0; at < filter.length; at += 8) {
    const [code, value] = [filter.readUInt16LE(at), filter.readUInt32LE(at + 4)];
    const jump = (holds: boolean) => (at += 8 * filter.readUInt8(at + (holds ? 2 : 3)));
    if (code === 0x06) return value;
    else if (code === 0x20) accumulator = data[value] ?? Number.NaN;
    else if (code === 0x15) jump(accumulator === value);
    else if (code === 0x25) jump(accumulator > value);
    else if (code === 0x35) jump(accumulator >= value);
    else if (code === 0x45) jump((accumulator & value) !== 0);
    else throw new Error(`unknown instruction ${code}`);
  }
  throw new Error('the filter came to its end without a verdict');
}

describe.each([
  { machine: 'x64', arch: 0xc000003e, read: 0, ptrace: 101, clone: 56, socket: 41, socketpair: 53, setresuid: 117 },
  {
    machine: 'arm64',
    arch: 0xc00000b7,
    read: 63,
    ptrace: 117,
    clone: 220,
    socket: 198,
    socketpair: 199,
    setresuid: 147,
  },
])('the filter of $machine', ({ machine, arch, ...numbers }) => {
  const table = syscallTable(machine);
  if (!table) throw new Error(`no table for ${machine}`);
  const filter = seccompFilter(table);
  const judge = (number: number, first?: number) =>
    verdict(filter, first === undefined ? { number, arch } : { number, arch, first });

  test('allows what programs need, and what the sandbox needs to become nobody', () => {
    for (const number of [numbers.read, numbers.socketpair, numbers.setresuid])
      expect(judge(number), `${number}`).toBe(ALLOW);
  });

  test('refuses every call on its list', () => {
    expect(judge(numbers.ptrace)).toBe(REFUSE);
    for (const number of table.denied) expect(judge(number), `${number}`).toBe(REFUSE);
  });

  test('kills what comes by the calls of another machine', () => {
    expect(verdict(filter, { number: numbers.read, arch: 0x40000003 })).toBe(KILL_PROCESS);
  });

  test('lets processes be made, but no namespaces', () => {
    const SIGCHLD = 17;
    expect(judge(numbers.clone, SIGCHLD)).toBe(ALLOW);
    const THREAD = 0x003d0f00;
    expect(judge(numbers.clone, THREAD)).toBe(ALLOW);
    const namespaces = {
      mount: 0x20000,
      cgroup: 0x2000000,
      uts: 0x4000000,
      ipc: 0x8000000,
      user: 0x10000000,
      pid: 0x20000000,
      net: 0x40000000,
    };
    for (const [name, flag] of Object.entries(namespaces))
      expect(judge(numbers.clone, SIGCHLD | flag), name).toBe(REFUSE);
    expect(judge(435)).toBe(NOT_IMPLEMENTED);
  });

  test('knows sockets between the job and itself, and no others', () => {
    expect(judge(numbers.socket, 1)).toBe(ALLOW);
    const families = { inet: 2, inet6: 10, netlink: 16, packet: 17, alg: 38, vsock: 40 };
    for (const [name, family] of Object.entries(families))
      expect(judge(numbers.socket, family), name).toBe(NO_SUCH_FAMILY);
  });

  test('does not know calls that came after it', () => {
    expect(judge(450)).toBe(ALLOW);
    for (const number of [451, 467, 1000]) expect(judge(number), `${number}`).toBe(NOT_IMPLEMENTED);
  });
});

test('the second set of numbers of x86-64 is refused whole', () => {
  const table = syscallTable('x64');
  if (!table) throw new Error('no table');
  for (const number of [0x40000000, 0x40000065, 0xffffffff]) {
    expect(verdict(seccompFilter(table), { number, arch: table.auditArch }), `${number}`).toBe(REFUSE);
  }
});

test('there is no filter for a machine that nobody has looked at', () => {
  expect(syscallTable('riscv64')).toBeUndefined();
});
