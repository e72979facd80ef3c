import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ProgramOptions } from '@plexus/testkit/program';

/** The preload is no TypeScript, so it stands beside the sources, wherever this was compiled to. */
const PRELOAD = import.meta.url.endsWith('.js') ? '../clock-preload.mjs' : './clock-preload.mjs';

/** The wall clock of one program, to be set forth and back. */
export class Clock {
  private readonly file: string;
  readonly program: Required<Pick<ProgramOptions, 'env' | 'nodeFlags'>>;

  /** @param file where the program reads by how much its clock is off */
  constructor(file: string) {
    this.file = file;
    const preload = fileURLToPath(new URL(PRELOAD, import.meta.url));
    this.program = { env: { ...process.env, PLEXUS_CHAOS_CLOCK: file }, nodeFlags: ['--import', preload] };
  }

  /** Sets the clock of a running program, and of those that start after it. */
  set(offsetMs: number, child: ChildProcess | undefined): void {
    writeFileSync(this.file, String(offsetMs));
    child?.kill('SIGUSR2');
  }
}
