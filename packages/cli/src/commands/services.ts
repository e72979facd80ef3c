import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { table } from '../output/table.ts';
import { examples, openSession, type SessionFlags, withSession } from '../session.ts';

export function addServices(program: Command, io: Io): void {
  const services = program
    .command('services')
    .summary('list what can be run, with prices')
    .description('What can be asked of the network, at what price, and how many nodes offer it now.');
  examples(withSession(services), ['plexus services', 'plexus services --json']).action((flags: SessionFlags) =>
    listServices(io, flags),
  );
}

async function listServices(io: Io, flags: SessionFlags): Promise<void> {
  const session = await openSession(io, flags);
  const services = await session.plexus.network.listServices({}, { signal: io.signal });
  const { colours } = session;
  session.show(services, () =>
    table(
      [
        { title: 'service' },
        { title: 'credits', align: 'right' },
        { title: 'per' },
        { title: 'nodes', align: 'right' },
        { title: 'what it does' },
      ],
      services.map((service) => [
        { text: service.id, paint: colours.bold },
        service.unit_price,
        service.unit_type,
        { text: String(service.available), paint: service.available === 0 ? colours.red : colours.green },
        service.description,
      ]),
    ),
  );
}
