import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { table } from '../output/table.ts';
import { examples, openSession, type SessionFlags, withSession } from '../session.ts';

const LIST_TIMEOUT_MS = 30_000;

export function addModels(program: Command, io: Io): void {
  const models = program
    .command('models')
    .summary('list the models that nodes serve')
    .description(
      'Models that connected nodes serve now, as --model and OpenAI clients name them; `default` stands for whatever ' +
        'language model is there, `embedding` for the first embedding model by name.',
    );
  examples(withSession(models), ['plexus models', 'plexus models --json']).action((flags: SessionFlags) =>
    listModels(io, flags),
  );
}

async function listModels(io: Io, flags: SessionFlags): Promise<void> {
  const session = await openSession(io, flags);
  const { colours } = session;
  const models = await session.plexus.openai.listModels({}, { signal: io.signal, timeoutMs: LIST_TIMEOUT_MS });
  session.show(models, () =>
    table(
      [{ title: 'model' }, { title: 'service' }, { title: 'nodes', align: 'right' }, { title: 'features' }],
      models.data.map(({ id, plexus }) => [
        { text: id, paint: colours.bold },
        plexus.service,
        String(plexus.nodes),
        plexus.features.join(', '),
      ]),
    ),
  );
  if (models.data.length === 0)
    session.note('No connected node serves a model; see `plexus nodes` and `plexus doctor`.');
}
