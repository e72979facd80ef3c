import type { HostileNode } from '../hostile-node.ts';
import type { Scene } from '../scene.ts';
import { until } from '../wait.ts';
import type { Fault } from './fault.ts';
import { visit } from './visit.ts';

const MESSAGES = 20_000;
const CUT_OFF_MS = 10_000;

export const floodingNode: Fault = {
  name: 'flooding-node',
  what: 'a node that sends 20,000 useless messages at once, and does its work besides',
  isKill: false,
  inject: (scene, random) =>
    visit(scene, 'flooder', {
      tasks: Number.POSITIVE_INFINITY,
      onTask: (task, node) => node.send('TASK_RESULT', node.answer(task, `Echo: ${task.content}`)),
      deed: (node) => flood(scene, node, () => random.next()),
    }),
};

async function flood({ load }: Scene, node: HostileNode, random: () => number): Promise<void> {
  for (let count = 0; count < MESSAGES; count++) {
    const isResult = random() < 0.5;
    if (isResult) node.send('TASK_RESULT', { task_id: `task-${count}`, status: 'completed', result: 'x', epoch: 1 });
    else node.send('HEARTBEAT', { active_tasks: count });
  }
  const isCutOff = await until(() => node.closedBecause !== undefined, CUT_OFF_MS);
  if (!isCutOff) load.tally.complain(`a node sent ${MESSAGES} useless messages and was not cut off`);
}
