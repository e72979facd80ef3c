import type { Command } from 'commander';
import { type CheckStatus, type DoctorCheck, examine } from '../doctor/check.ts';
import { database } from '../doctor/database.ts';
import { cacheFolder, engines, languageModel, translator } from '../doctor/engines.ts';
import { diskSpace, nodeVersion, port, sqliteEngine } from '../doctor/machine.ts';
import { apiKey, clock, reach } from '../doctor/network.ts';
import { readEndpointFile } from '../endpoint-file.ts';
import { mediaOptions } from './media-options.ts';
import type { EngineFlags } from './serving.ts';
import { type DatabaseFlags, databaseOf, withDatabase } from './database.ts';
import { EXIT, SilentExit } from '../failure.ts';
import type { Io } from '../io.ts';
import type { Colours } from '../output/colours.ts';
import { startProgress } from '../output/progress.ts';
import { oneLine } from '../output/text.ts';
import { examples, openSession, type SessionFlags, withSession } from '../session.ts';

export function addDoctor(program: Command, io: Io): void {
  const doctor = program
    .command('doctor')
    .summary('look for what is wrong')
    .description(
      `Examine this machine and the network, and say how to mend what is wrong. Exits ${EXIT.failed} if something fails.`,
    );
  doctor
    .option('--quick', 'do not try the engines for programs, films, speech, scenes, containers and images')
    .option('--image-upstream <url>', 'server for images to try (key: PLEXUS_IMAGE_KEY)')
    .option('--whisper-weights <file.bin>', "Whisper's weights (ggml) to try");
  examples(withDatabase(withSession(doctor)), [
    'plexus doctor',
    'plexus doctor --quick',
    'plexus doctor --image-upstream http://127.0.0.1:7860',
    'plexus doctor --url https://plexus.example --json',
  ]).action((flags: DoctorFlags) => runDoctor(io, flags));
}

interface DoctorFlags extends SessionFlags, DatabaseFlags, Pick<EngineFlags, 'imageUpstream' | 'whisperWeights'> {
  readonly quick?: boolean;
}

async function runDoctor(io: Io, flags: DoctorFlags): Promise<void> {
  const session = await openSession(io, flags);
  const progress = startProgress(io.stderr, 'examining');
  const checks = await examineAll(io, flags, session).finally(() => progress.stop());
  // What was broken off was not examined.
  io.signal.throwIfAborted();
  const isWell = checks.every(({ status }) => status !== 'fail');
  session.show({ ok: isWell, checks }, () => reportText(checks, session.colours));
  if (!isWell) throw new SilentExit(EXIT.failed);
}

async function examineAll(
  io: Io,
  flags: DoctorFlags,
  { settings, plexus }: Awaited<ReturnType<typeof openSession>>,
): Promise<readonly DoctorCheck[]> {
  const running = await readEndpointFile(settings.home);
  const { database: named } = databaseOf(flags, io.env);
  const isExpected = flags.url !== undefined || Boolean(io.env['PLEXUS_URL']) || running !== undefined;
  const network = { settings, plexus, isExpected, fetch: io.fetch ?? fetch };
  return Promise.all(
    [
      nodeVersion(),
      sqliteEngine(),
      diskSpace(settings.home),
      ...(named === undefined ? [] : [database(named)]),
      port('coordinator', running),
      port('node', running),
      port('infernet', running),
      reach(network),
      clock(network),
      apiKey(network),
      languageModel(cacheFolder(io.env)),
      translator(),
      ...(flags.quick === true
        ? []
        : engines({ ...mediaOptions(flags, io.env), cacheDir: cacheFolder(io.env) }, io.signal)),
    ].map(examine),
  );
}

function reportText(checks: readonly DoctorCheck[], colours: Colours): string {
  const rows = checks.map(({ name, status, detail, remedy }) => {
    const mend = remedy === undefined ? '' : colours.dim(`  → ${oneLine(remedy)}`);
    return { name: `${paint(status, colours)}  ${name}`, width: name.length, text: `${oneLine(detail)}${mend}` };
  });
  const widest = Math.max(...rows.map(({ width }) => width));
  return rows.map(({ name, width, text }) => `${name}${' '.repeat(widest - width)}  ${text}\n`).join('');
}

function paint(status: CheckStatus, colours: Colours): string {
  switch (status) {
    case 'ok':
      return colours.green('ok  ');
    case 'warn':
      return colours.yellow('warn');
    case 'fail':
      return colours.red('fail');
  }
}
