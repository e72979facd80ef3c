/** A filter of system calls, as a program of classic BPF. Source: Documentation/userspace-api/seccomp_filter.rst. */
import { NEWEST_SYSCALL, type SyscallTable } from './syscalls.ts';

/** Opcodes. Source: linux/bpf_common.h. */
const LOAD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_AT_LEAST = 0x35;
const JUMP_IF_GREATER = 0x25;
const JUMP_IF_ANY_BIT = 0x45;
const RETURN = 0x06;

/** Places in `struct seccomp_data`; the low half of an argument, on machines that put it first. */
const NUMBER_AT = 0;
const ARCH_AT = 4;
const FIRST_ARGUMENT_AT = 16;

/** Verdicts. Source: linux/seccomp.h, asm-generic/errno.h. */
export const ALLOW = 0x7fff0000;
export const KILL_PROCESS = 0x80000000;
const ERRNO = 0x00050000;
export const REFUSE = ERRNO | 1;
export const NOT_IMPLEMENTED = ERRNO | 38;
export const NO_SUCH_FAMILY = ERRNO | 97;

/** The only sockets of a job: between its own processes. Source: sys/socket.h. */
const AF_UNIX = 1;
/** Flags of clone that make a namespace. Source: linux/sched.h. */
const NEW_NAMESPACE = 0x7e020000;

const INSTRUCTION_BYTES = 8;

interface Instruction {
  readonly code: number;
  readonly value: number;
  /** Instructions to leave out when the condition holds, and when it does not. */
  readonly ifTrue?: number;
  readonly ifFalse?: number;
}

const load = (value: number): Instruction => ({ code: LOAD, value });
const answer = (value: number): Instruction => ({ code: RETURN, value });
/** Runs the next instruction only where the condition holds. */
const onlyIf = (code: number, value: number): Instruction => ({ code, value, ifFalse: 1 });
/** Runs so many instructions only where the condition holds. */
const onlyBlockIf = (code: number, value: number, length: number): Instruction => ({ code, value, ifFalse: length });

/** The filter as bubblewrap takes it: what is dangerous is refused with EPERM, and sockets but for AF_UNIX do not exist. */
export function seccompFilter(table: SyscallTable): Buffer {
  const { auditArch, otherAbiFrom, clone, clone3, socket, denied } = table;
  return assemble([
    load(ARCH_AT),
    { code: JUMP_IF_EQUAL, value: auditArch, ifTrue: 1 },
    answer(KILL_PROCESS),
    load(NUMBER_AT),
    ...(otherAbiFrom === undefined ? [] : [onlyIf(JUMP_IF_AT_LEAST, otherAbiFrom), answer(REFUSE)]),
    onlyIf(JUMP_IF_GREATER, NEWEST_SYSCALL),
    answer(NOT_IMPLEMENTED),
    ...denied.flatMap((number) => [onlyIf(JUMP_IF_EQUAL, number), answer(REFUSE)]),
    // Its flags are behind a pointer, where a filter cannot look; libraries then use clone.
    onlyIf(JUMP_IF_EQUAL, clone3),
    answer(NOT_IMPLEMENTED),
    onlyBlockIf(JUMP_IF_EQUAL, clone, 4),
    load(FIRST_ARGUMENT_AT),
    onlyIf(JUMP_IF_ANY_BIT, NEW_NAMESPACE),
    answer(REFUSE),
    answer(ALLOW),
    onlyBlockIf(JUMP_IF_EQUAL, socket, 4),
    load(FIRST_ARGUMENT_AT),
    onlyIf(JUMP_IF_EQUAL, AF_UNIX),
    answer(ALLOW),
    answer(NO_SUCH_FAMILY),
    answer(ALLOW),
  ]);
}

/** `struct sock_filter`, one after another, in the byte order of the machines that are known. */
function assemble(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * INSTRUCTION_BYTES);
  for (const [index, { code, value, ifTrue = 0, ifFalse = 0 }] of program.entries()) {
    const at = index * INSTRUCTION_BYTES;
    bytes.writeUInt16LE(code, at);
    bytes.writeUInt8(ifTrue, at + 2);
    bytes.writeUInt8(ifFalse, at + 3);
    bytes.writeUInt32LE(value >>> 0, at + 4);
  }
  return bytes;
}
