import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inScratch, makeScratch, sweepScratch } from '../src/scratch.ts';

/** A process that has ended a moment ago, so that its number is nobody's. */
async function endedProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? 0;
}

/** A folder with a file, as work of another process would have left it. */
async function leftBy(pid: number): Promise<string> {
  const own = await makeScratch('speech');
  const folder = own.replace(`-${process.pid}-`, `-${pid}-`);
  await rename(own, folder);
  await mkdir(join(folder, 'output'));
  await writeFile(join(folder, 'output', 'part.wav'), 'a client said');
  return folder;
}

it('a folder is there while the work lasts, also when it fails', async () => {
  let seen = '';
  const work = inScratch('speech', async (folder) => {
    seen = folder;
    await writeFile(join(folder, 'file'), 'text');
    throw new Error('no luck');
  });
  await expect(work).rejects.toThrow('no luck');
  expect([seen.startsWith(tmpdir()), existsSync(seen)]).toEqual([true, false]);
});

it('what a killed process left is removed; what lives, or counts its processes elsewhere, is not', async () => {
  const own = await makeScratch('blender');
  const pid = await endedProcess();
  const left = await leftBy(pid);
  const elsewhere = own.replace(/-\d+-\d+-/, `-1-${pid}-`);
  const foreign = join(tmpdir(), 'plexus-speech-abc123');
  await Promise.all([mkdir(elsewhere), mkdir(foreign, { recursive: true })]);
  try {
    expect(await sweepScratch()).toContain(left);
    expect([own, left, elsewhere, foreign].map(existsSync)).toEqual([true, false, true, true]);
  } finally {
    await Promise.all([own, left, elsewhere, foreign].map((folder) => rm(folder, { recursive: true, force: true })));
  }
});
