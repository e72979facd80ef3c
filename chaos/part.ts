import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kill, type Ready, startProgram, whenReady } from '@plexus/testkit/program';
import { Clock } from './clock.ts';

const STOP_MS = 15_000;

/** What faults can do to a part of the network; programs here and PostgreSQL alike. */
export interface Part {
  readonly name: string;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it again, as it was; resolves when it is ready. */
  restart(): Promise<void>;
  /** For SIGSTOP and SIGCONT. */
  signal(name: NodeJS.Signals): void;
}

export interface ProgramPartOptions {
  readonly name: string;
  /** Where logs and the clock's file are. */
  readonly folder: string;
  /** Told when it ends though nobody ended it. */
  onLost(how: string): void;
}

/** The coordinator or a node: a process of the built command. */
export class ProgramPart implements Part {
  readonly name: string;
  readonly clock: Clock;
  private readonly options: ProgramPartOptions;
  private args: readonly string[] = [];
  private child: ChildProcess | undefined;
  private hasStarted = false;

  constructor(options: ProgramPartOptions) {
    this.options = options;
    this.name = options.name;
    this.clock = new Clock(join(options.folder, `${options.name}.clock`));
  }

  /** Whether it runs and is ready. */
  get isUp(): boolean {
    return this.hasStarted && this.child !== undefined;
  }

  async start(args: readonly string[]): Promise<Ready> {
    this.args = args;
    const log = openSync(this.log, 'a');
    const child = startProgram(args, { ...this.clock.program, logTo: log });
    closeSync(log);
    child.once('exit', (code, signal) => this.lost(child, signal ?? `exit code ${code}`));
    this.child = child;
    this.hasStarted = false;
    try {
      const ready = await whenReady(child);
      this.hasStarted = this.child === child;
      return ready;
    } catch (error) {
      // It may be killed while it starts, too; whoever did so starts it again.
      if (this.child !== child) return {};
      throw new Error(`${this.name} did not start; its log: ${this.lastWords()}`, {
        cause: error,
      });
    }
  }

  async kill(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child) await kill(child);
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start(this.args);
  }

  signal(name: NodeJS.Signals): void {
    this.child?.kill(name);
  }

  setClock(offsetMs: number): void {
    this.clock.set(offsetMs, this.child);
  }

  /** Asks it to end, as an operator does; says what was wrong with how it ended. */
  async stop(): Promise<string | undefined> {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return undefined;
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    child.kill('SIGTERM');
    const [code, signal] = await once(child, 'exit');
    clearTimeout(timer);
    return code === 0 ? undefined : `${this.name} was asked to stop and ended with ${signal ?? `exit code ${code}`}`;
  }

  /** What `restart` gives it in the place of what it was started with. */
  startAgainWith(args: readonly string[]): void {
    this.args = args;
  }

  /** The end of its log. */
  lastWords(): string {
    return readFileSync(this.log, 'utf8').slice(-2000);
  }

  private get log(): string {
    return join(this.options.folder, `${this.name}.log`);
  }

  private lost(child: ChildProcess, how: string): void {
    if (this.child !== child) return;
    this.child = undefined;
    this.options.onLost(how);
  }
}
