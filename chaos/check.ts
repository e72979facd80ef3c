import { INVARIANTS } from './invariants/index.ts';
import type { Evidence, Invariant, Witnesses } from './invariants/invariant.ts';
import { becomeWhole, type Scene } from './scene.ts';
import { until } from './wait.ts';

/** Violations of one invariant that are told; the rest is counted. */
const MAX_TOLD = 5;
/** The longest deadline that the load asks for is a minute; OpenAI's jobs end with their readers. */
const LAST_JOB_MS = 90_000;
const OPEN = { jobs: "SELECT COUNT(*) AS open FROM job WHERE state IN ('queued', 'running')" };

/** Looks at what must hold at any time. */
export async function checkAlways(scene: Scene): Promise<readonly string[]> {
  return await check(
    scene,
    INVARIANTS.filter(({ when }) => when === 'always'),
  );
}

/** Lets the clients finish and every part come back, and looks at everything. */
export async function checkAtRest(scene: Scene): Promise<readonly string[]> {
  await becomeWhole(scene);
  await scene.load.stop();
  const { books } = scene.network;
  // Where one has not ended by then, the invariant says which.
  await until(async () => (await books.look(OPEN)).jobs[0]?.['open'] === '0', LAST_JOB_MS);
  return await check(scene, INVARIANTS);
}

/** Looks at the invariants, with one look at the books for all of them. */
export async function check(scene: Witnesses, invariants: readonly Invariant[]): Promise<readonly string[]> {
  // What is told while the books are looked at may not be in them yet.
  const told = new Map(scene.load.tally.jobs);
  const questions = invariants.flatMap(({ name, asks = {} }) =>
    Object.entries(asks).map(([question, sql]) => [`${name}: ${question}`, sql] as const),
  );
  const answers = await scene.network.books.look(Object.fromEntries(questions));
  const found: string[] = [];
  for (const invariant of invariants) {
    const rows = (question: string) => answers[`${invariant.name}: ${question}`] ?? [];
    found.push(...(await violationsOf(invariant, { scene, told, rows })));
  }
  return found;
}

async function violationsOf(invariant: Invariant, evidence: Evidence): Promise<readonly string[]> {
  const wrong = await invariant.judge(evidence);
  const told = wrong.slice(0, MAX_TOLD).map((what) => `${invariant.name}: ${what}`);
  return wrong.length > MAX_TOLD ? [...told, `${invariant.name}: and ${wrong.length - MAX_TOLD} more`] : told;
}
