export type { Io, Sink } from './io.ts';
export { main } from './main.ts';
export { runCli } from './run-cli.ts';
