import type { Command } from 'commander';

/** The command of a group that a line means which names none; a word that is no command of the group is told as such. */
export function defaultCommand(group: Command, name: string): Command {
  return group
    .command(name, { isDefault: true })
    .allowExcessArguments()
    .hook('preAction', (_, command) => {
      const [word] = command.args;
      if (word === undefined) return;
      const isNamed = [name, ...command.aliases()].includes(group.args[0] ?? '');
      group.error(isNamed ? `error: '${name}' takes no arguments` : `error: unknown command '${word}'`);
    });
}
