/** The long form of test/kill.test.ts: twenty kills of a coordinator under load. */
import { afterEach, beforeEach, it } from 'vitest';
import { surviveKilledCoordinators } from '../support/killed-coordinators.ts';
import { Processes } from '../support/processes.ts';

const KILLS = 20;
const LIMIT_MS = 240_000;

let processes: Processes;
beforeEach(() => {
  processes = new Processes();
});
afterEach(() => processes.dispose());

it(
  'the coordinator is killed 20 times under load: nothing acknowledged is lost, nothing is charged twice',
  () => surviveKilledCoordinators(processes, KILLS),
  LIMIT_MS,
);
