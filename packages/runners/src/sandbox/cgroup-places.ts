import { posix } from 'node:path';

/** Folders in which this process might make groups, the best first. */
export interface CgroupPlaces {
  readonly version2: readonly string[];
  /** By controller. */
  readonly version1: ReadonlyMap<string, readonly string[]>;
}

interface Mount {
  /** Which part of the hierarchy is mounted. */
  readonly root: string;
  readonly folder: string;
  readonly type: string;
  readonly options: readonly string[];
}

/**
 * Finds them in what the kernel says of this process: the group it is in, which may have been given to it, and the
 * highest that it sees.
 *
 * @param mountInfo /proc/self/mountinfo
 * @param ownGroups /proc/self/cgroup
 * @see Documentation/filesystems/proc.rst, 3.5; cgroups(7), "/proc/pid/cgroup"
 */
export function cgroupPlaces(mountInfo: string, ownGroups: string): CgroupPlaces {
  const mounts = mountInfo.split('\n').flatMap(readMount);
  const groups = ownGroups.split('\n').flatMap(readGroup);
  const unified = mounts.find(({ type }) => type === 'cgroup2');
  const own = groups.find(({ controllers }) => controllers.length === 0);
  const version1 = groups.flatMap(({ controllers, path }) =>
    controllers.flatMap((controller): [string, readonly string[]][] => {
      const mount = mounts.find(({ type, options }) => type === 'cgroup' && options.includes(controller));
      return mount ? [[controller, placesIn(mount, path)]] : [];
    }),
  );
  return { version2: unified && own ? placesIn(unified, own.path) : [], version1: new Map(version1) };
}

function placesIn({ root, folder }: Mount, path: string): readonly string[] {
  const below = root === '/' ? path : path.startsWith(root) ? path.slice(root.length) : '/';
  return [...new Set([posix.join(folder, below).replace(/(?<=.)\/$/, ''), folder])];
}

function readMount(line: string): readonly Mount[] {
  const [left = '', right = ''] = line.split(' - ');
  const [, , , root, folder] = left.split(' ').map(unescape);
  const [type, , options = ''] = right.split(' ');
  return root === undefined || folder === undefined || type === undefined
    ? []
    : [{ root, folder, type, options: options.split(',') }];
}

/** Blanks and the like are written in octal. */
function unescape(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

function readGroup(line: string): readonly { readonly controllers: readonly string[]; readonly path: string }[] {
  const [, names, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
  return names === undefined || path === undefined ? [] : [{ controllers: names.split(',').filter(Boolean), path }];
}
