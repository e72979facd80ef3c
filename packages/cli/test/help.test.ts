import { describe, expect, it } from 'vitest';
import { type } from './terminal.ts';

const COMMANDS = [
  'up',
  'coordinator',
  'node',
  'run',
  'chat',
  'models',
  'jobs',
  'jobs ls',
  'jobs get',
  'jobs explain',
  'jobs cancel',
  'nodes',
  'nodes ls',
  'nodes drain',
  'nodes release',
  'keys',
  'keys ls',
  'keys create',
  'keys revoke',
  'grant',
  'wallet',
  'wallet entries',
  'receipt',
  'verify',
  'services',
  'backup',
  'restore',
  'doctor',
];

describe('help', () => {
  it.each(['jobs', 'nodes', 'keys'])('lists %s by the whole word, too', async (what) => {
    const { exitCode, stdout } = await type([what, 'list', '--help']);
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(`Usage: plexus ${what} ls|list`),
    });
  });

  it.each(COMMANDS)('of %s has usage and examples', async (command) => {
    const { exitCode, stdout, stderr } = await type([...command.split(' '), '--help']);
    expect(stdout).toContain(`Usage: plexus ${command}`);
    expect(stdout).toMatch(/Examples:\n {2}\$ .*plexus /);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  it('lists every command and every exit code', async () => {
    const { stdout } = await type(['--help']);
    for (const command of COMMANDS) expect(stdout, command).toMatch(new RegExp(`^ {2}${command.split(' ')[0]} `, 'm'));
    for (const code of [0, 1, 2, 3, 4, 5]) expect(stdout, String(code)).toMatch(new RegExp(`^ {2}${code} {4}\\w`, 'm'));
  });

  it.each(COMMANDS.filter((command) => !['up', 'jobs', 'nodes', 'keys', 'wallet'].includes(command)))(
    'of %s offers --json',
    async (command) => {
      expect((await type([...command.split(' '), '--help'])).stdout).toContain('--json');
    },
  );
});
