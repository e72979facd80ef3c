import { PLEXUS_VERSION } from '@plexus/protocol';
import { Command } from 'commander';
import { addBackup } from './commands/backup.ts';
import { addChat } from './commands/chat.ts';
import { addDoctor } from './commands/doctor.ts';
import { addGrant, addWallet } from './commands/wallet.ts';
import { addJobs } from './commands/jobs.ts';
import { addKeys } from './commands/keys.ts';
import { addCoordinator } from './commands/coordinator.ts';
import { addModels } from './commands/models.ts';
import { addNode } from './commands/node.ts';
import { addNodes } from './commands/nodes.ts';
import { addReceipt } from './commands/receipt.ts';
import { addPayouts } from './commands/payouts.ts';
import { addRestore } from './commands/restore.ts';
import { addRun } from './commands/run.ts';
import { addServices } from './commands/services.ts';
import { addUp } from './commands/up.ts';
import { addVerify } from './commands/verify.ts';
import { EXIT, HELP_HINT } from './failure.ts';
import type { Io } from './io.ts';
import { hasColour } from './output/colours.ts';

const EXIT_CODES = `
Exit codes:
  ${EXIT.ok}    done
  ${EXIT.failed}    failed
  ${EXIT.usage}    wrong usage
  ${EXIT.unreachable}    the network cannot be reached
  ${EXIT.refused}    the network refused
  ${EXIT.notValid}    a receipt is not valid, or its network is not the one that you know
  ${EXIT.interrupted}  interrupted

Settings come from flags, else from PLEXUS_URL, PLEXUS_API_KEY and PLEXUS_HOME, else from the network that runs in ~/.plexus.`;

/**
 * All commands. Each of them ends by returning or by throwing; nothing here ends the process.
 *
 * @param asJson whether whoever runs it tells of a wrong usage, as of any other failure
 */
export function buildProgram(io: Io, asJson: boolean): Command {
  const program = new Command('plexus')
    .description('A network in which machines offer AI compute and programs use it.')
    .version(PLEXUS_VERSION, '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) => (asJson ? undefined : write(text)),
      getOutHasColors: () => hasColour(io.stdout, io.env),
      getErrHasColors: () => hasColour(io.stderr, io.env),
    })
    .showHelpAfterError(asJson ? false : HELP_HINT)
    .addHelpText('after', EXIT_CODES);
  for (const add of [addUp, addChat, addRun, addModels, addServices, addJobs, addReceipt, addVerify, addWallet]) {
    add(program, io);
  }
  for (const add of [
    addNodes,
    addKeys,
    addGrant,
    addPayouts,
    addBackup,
    addRestore,
    addDoctor,
    addCoordinator,
    addNode,
  ])
    add(program, io);
  return program;
}
