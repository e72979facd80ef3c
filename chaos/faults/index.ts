import { answeringTwice } from './answering-twice.ts';
import { clock } from './clock.ts';
import { cutNetwork } from './cut-network.ts';
import type { Fault } from './fault.ts';
import { floodingNode } from './flooding-node.ts';
import { fullDisk } from './full-disk.ts';
import { halfOpen } from './half-open.ts';
import { killCoordinator } from './kill-coordinator.ts';
import { killDatabase } from './kill-database.ts';
import { killNode } from './kill-node.ts';
import { lyingNode } from './lying-node.ts';
import { slowNetwork } from './slow-network.ts';
import { stallingNode } from './stalling-node.ts';
import { stopCoordinator } from './stop-coordinator.ts';
import { stopDatabase } from './stop-database.ts';
import { stopNode } from './stop-node.ts';

/** Every fault, in the order of the table. */
export const FAULTS: readonly Fault[] = [
  killNode,
  killCoordinator,
  killDatabase,
  stopNode,
  stopCoordinator,
  stopDatabase,
  fullDisk,
  clock,
  slowNetwork,
  cutNetwork,
  halfOpen,
  lyingNode,
  stallingNode,
  floodingNode,
  answeringTwice,
];
