/** Looked at once the network has been stopped, so it is no invariant of a scene. */
import { listProcesses } from '../proc.ts';

/** @returns processes whose command line or environment names the folder of the network */
export function processesLeft(home: string): readonly string[] {
  return listProcesses()
    .filter(({ commandLine, environment }) => commandLine.includes(home) || environment.includes(home))
    .map(({ pid, commandLine }) => `process ${pid} is left: ${commandLine.replaceAll('\0', ' ').slice(0, 200)}`);
}
