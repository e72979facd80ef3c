/** What Podman is told by a file of ours: what its defaults get wrong on some machines. */
import type { Ceilings } from './create-body.ts';

export interface PodmanFacts {
  /** Whether control groups are those of v1 with v2 beside them, which crun refuses. */
  readonly isHybrid: boolean;
  readonly hasRunc: boolean;
  readonly hasSystemd: boolean;
  readonly ceilings: Ceilings;
  /** The path of a profile of system calls, where there is a narrower one than Podman's. */
  readonly seccompProfile: string | undefined;
}

/** The text of a containers.conf. Source: containers.conf(5). */
export function podmanConfig(facts: PodmanFacts): string {
  const { isHybrid, hasRunc, hasSystemd, ceilings, seccompProfile } = facts;
  const { openFiles, processes } = ceilings;
  return [
    '[containers]',
    `default_ulimits = ["nofile=${openFiles}:${openFiles}", "nproc=${processes}:${processes}"]`,
    'log_driver = "k8s-file"',
    ...(seccompProfile === undefined ? [] : [`seccomp_profile = ${JSON.stringify(seccompProfile)}`]),
    '[engine]',
    ...(hasSystemd ? [] : ['cgroup_manager = "cgroupfs"', 'events_logger = "file"']),
    ...(isHybrid && hasRunc ? ['runtime = "runc"'] : []),
    '',
  ].join('\n');
}
