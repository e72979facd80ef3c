import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CgroupParent } from './cgroup.ts';
import { readOptional } from './cgroup-files.ts';
import { cgroupPlaces } from './cgroup-places.ts';
import { openCgroupV1 } from './cgroup-v1.ts';
import { openCgroupV2 } from './cgroup-v2.ts';

/**
 * Control groups of this machine, whichever version has the controller of memory.
 *
 * @throws {Error} when there are none in which this process may make its own
 */
export async function openCgroups(): Promise<CgroupParent> {
  const [mountInfo, ownGroups] = await Promise.all(
    ['/proc/self/mountinfo', '/proc/self/cgroup'].map((path) => readFile(path, 'utf8')),
  );
  const { version2, version1 } = cgroupPlaces(mountInfo ?? '', ownGroups ?? '');
  const controllers = await Promise.all(version2.map((folder) => readOptional(join(folder, 'cgroup.controllers'))));
  const hasMemory = controllers.some((names) => names.split(/\s+/).includes('memory'));
  if (!hasMemory && version1.size > 0) return await openCgroupV1(version1);
  // Root has the highest place, where nobody's processes stand in the way; others have what they were given.
  return await openCgroupV2(process.getuid?.() === 0 ? version2.toReversed() : version2);
}
