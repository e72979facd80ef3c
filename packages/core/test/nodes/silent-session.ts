import type { NodeSession } from '../../src/nodes/live-node.ts';

const NOTHING = () => undefined;

/** A session of a node's that nothing comes of, and which is no other one. */
export function silentSession(): NodeSession {
  return {
    assign: NOTHING,
    cancel: NOTHING,
    window: NOTHING,
    credit: NOTHING,
    refuse: NOTHING,
    drain: NOTHING,
    close: NOTHING,
  };
}
