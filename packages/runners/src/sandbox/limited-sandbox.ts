import { asRunError } from '../interruption.ts';
import { createRoom, type Room } from '../room.ts';
import { RunError } from '../runner.ts';
import type { Sandbox, SandboxJob, SandboxOutcome } from './sandbox.ts';
import type { SandboxSource } from './shared-sandbox.ts';

/** What the operator leaves to programs of others. It may change while they run. */
export interface MachineShare {
  /** Of each program. */
  cpuMillis(): number;
  /** Of all programs together. */
  memoryBytes(): number;
}

/** The same sandbox, in which programs get no more than the share: those that do not fit beside others wait for their end. */
export function limitSandbox(source: SandboxSource, share: MachineShare): SandboxSource {
  const room = createRoom(() => share.memoryBytes());
  return {
    async open() {
      const found = await source.open();
      return found.available ? { available: true, sandbox: limited(found.sandbox, share, room) } : found;
    },
  };
}

function limited(sandbox: Sandbox, share: MachineShare, room: Room): Sandbox {
  return {
    description: sandbox.description,
    close: () => sandbox.close(),
    async run(job) {
      const { limits, signal } = job;
      const memoryBytes = Math.min(limits.memoryBytes, share.memoryBytes());
      const cpuMillis = Math.min(limits.cpuMillis, share.cpuMillis());
      const leave = await room.enter(memoryBytes, signal).catch((error: unknown) => {
        throw asRunError(error, signal);
      });
      try {
        const outcome = await sandbox.run({ ...job, limits: { ...limits, memoryBytes, cpuMillis } });
        requireEnough(outcome, memoryBytes, job);
        return outcome;
      } finally {
        leave();
      }
    },
  };
}

/** @throws {RunError} LIMIT_EXCEEDED when the program had less than it may have elsewhere, and that was too little */
function requireEnough({ exitCode, usage }: SandboxOutcome, givenBytes: number, { limits }: SandboxJob): void {
  if (exitCode === 0 || usage.memoryKills === 0 || givenBytes === limits.memoryBytes) return;
  throw new RunError('LIMIT_EXCEEDED', `It needed more than the ${givenBytes} bytes of memory that this node gives`);
}
