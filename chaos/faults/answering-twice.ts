import type { TaskAssign } from '@plexus/protocol';
import type { HostileNode } from '../hostile-node.ts';
import { sleep } from '../wait.ts';
import type { Fault } from './fault.ts';
import { visit } from './visit.ts';

const TASKS = 20;
const MAX_PAUSE_MS = 100;

export const answeringTwice: Fault = {
  name: 'answering-twice',
  what: 'a node that gives each answer twice at once, and again later',
  isKill: false,
  inject: (scene, random) =>
    visit(scene, 'twice', {
      tasks: TASKS,
      onTask: (task, node) => void answer(task, node, random.between(0, MAX_PAUSE_MS)),
    }),
};

async function answer(task: TaskAssign, node: HostileNode, pauseMs: number): Promise<void> {
  const result = node.answer(task, `Echo: ${task.content}`);
  node.send('TASK_RESULT', result);
  node.send('TASK_RESULT', result);
  await sleep(pauseMs);
  node.send('TASK_RESULT', result);
}
