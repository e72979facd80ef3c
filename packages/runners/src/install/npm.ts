import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface NpmCommand {
  readonly command: string;
  /** Arguments that come before npm's own. */
  readonly args: readonly string[];
}

/** How to start npm without a shell: its script under this Node where that is found, else from PATH. */
export function npmCommand(env: NodeJS.ProcessEnv): NpmCommand {
  const bin = dirname(process.execPath);
  const fromNpm = env['npm_execpath'];
  const candidates = [
    ...(fromNpm !== undefined && basename(fromNpm) === 'npm-cli.js' ? [fromNpm] : []),
    join(bin, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(bin, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  const script = candidates.find((path) => existsSync(path));
  return script === undefined ? { command: 'npm', args: [] } : { command: process.execPath, args: [script] };
}

/** What an outer npm says about its own project would make the inner one work on that project. */
const OUTER_PROJECT =
  /^(npm_package_.*|npm_lifecycle_.*|npm_config_(global|location|prefix|local_prefix|workspaces?|omit|include|dry_run))$/i;

export function npmEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OUTER_PROJECT.test(name)));
}
