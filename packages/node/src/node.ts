import { launchNode } from './launch.ts';
import type { NodeOptions, RunningNode } from './options.ts';

/**
 * Starts a node: its listeners are open and its key is there when this resolves, its connection is made after.
 *
 * @throws {Error} when an option is wrong, a port is taken or a file in `home` cannot be used
 */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  return launchNode(options);
}
