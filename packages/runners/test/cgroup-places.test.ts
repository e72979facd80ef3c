import { expect, test } from 'vitest';
import { cgroupPlaces } from '../src/sandbox/cgroup-places.ts';

/** As on a machine of today with systemd. */
const UNIFIED = `24 30 0:22 / /proc rw,nosuid shared:5 - proc proc rw
35 24 0:30 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate`;

/** As on one of before 2020, where some controllers are mounted together. */
const SEPARATE = `35 24 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
36 24 0:31 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
37 24 0:32 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
38 24 0:33 /docker/abc /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids`;

test('of one hierarchy the process has its own place first, then the root', () => {
  const { version2, version1 } = cgroupPlaces(UNIFIED, '0::/user.slice/user-1000.slice/plexus.scope\n');
  expect(version2).toEqual(['/sys/fs/cgroup/user.slice/user-1000.slice/plexus.scope', '/sys/fs/cgroup']);
  expect(version1.size).toBe(0);
});

test('at the root there is one place, not two', () => {
  expect(cgroupPlaces(UNIFIED, '0::/').version2).toEqual(['/sys/fs/cgroup']);
});

test('of several hierarchies each controller has its own, also within a container', () => {
  const own = '5:memory:/jobs/one\n4:cpu,cpuacct:/\n3:pids:/docker/abc\n1:name=systemd:/init\n0::/\n';
  const { version2, version1 } = cgroupPlaces(SEPARATE, own);
  expect(version2).toEqual(['/sys/fs/cgroup/unified']);
  expect(Object.fromEntries(version1)).toEqual({
    memory: ['/sys/fs/cgroup/memory/jobs/one', '/sys/fs/cgroup/memory'],
    cpu: ['/sys/fs/cgroup/cpu,cpuacct'],
    cpuacct: ['/sys/fs/cgroup/cpu,cpuacct'],
    pids: ['/sys/fs/cgroup/pids'],
  });
});

test('names with blanks are read as the kernel writes them', () => {
  const mount = String.raw`35 24 0:30 / /mnt/a\040b rw - cgroup2 none rw`;
  expect(cgroupPlaces(mount, '0::/x').version2).toEqual(['/mnt/a b/x', '/mnt/a b']);
});

test('without control groups there is no place', () => {
  expect(cgroupPlaces('24 30 0:22 / /proc rw - proc proc rw', '')).toEqual({ version2: [], version1: new Map() });
});
