import { describe, expect, it } from 'vitest';
import { ceilingsIn } from '../src/oci/ceilings.ts';
import { createBody } from '../src/oci/create-body.ts';
import { logText } from '../src/oci/docker-logs.ts';
import { usualSockets } from '../src/oci/find-engine.ts';
import { podmanConfig } from '../src/oci/podman-config.ts';
import { narrowerProfile } from '../src/oci/seccomp-profile.ts';

const ceilings = { openFiles: 1000, processes: 500 };
const context = { owner: 'node-1', image: 'localhost/x', ceilings };

describe('what a container is asked for as', () => {
  it('has nothing that its definition does not ask for', () => {
    const { HostConfig, ...body } = createBody({ id: 'a', image: 'x' }, context);
    expect(body).toMatchObject({
      Image: 'localhost/x',
      Env: [],
      Labels: { 'io.plexus.owner': 'node-1', 'io.plexus.container': 'a' },
    });
    expect(HostConfig).toMatchObject({
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Privileged: false,
      PidsLimit: 256,
      NanoCpus: 1_000_000_000,
      Binds: [],
    });
    expect(HostConfig.MemorySwap).toBe(HostConfig.Memory);
    expect(HostConfig).not.toHaveProperty('DeviceRequests');
    expect(HostConfig).not.toHaveProperty('PortBindings');
  });

  it('publishes on loopback alone, and only where a network is asked for', () => {
    const { HostConfig, ExposedPorts } = createBody({ id: 'a', image: 'x', network: true, port: 80 }, context);
    expect(ExposedPorts).toEqual({ '80/tcp': {} });
    expect(HostConfig.PortBindings).toEqual({ '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] });
  });

  it('asks for a GPU where one is wanted, and takes limits', () => {
    const limits = { cpuMillis: 500, memoryBytes: 1024, processes: 3 };
    const { HostConfig } = createBody({ id: 'a', image: 'x', gpu: true, limits }, context);
    expect(HostConfig.DeviceRequests).toEqual([{ Driver: '', Count: -1, Capabilities: [['gpu']] }]);
    expect(HostConfig).toMatchObject({ NanoCpus: 500_000_000, Memory: 1024, PidsLimit: 3 });
    expect(HostConfig.Ulimits).toEqual([
      { Name: 'nofile', Soft: 1000, Hard: 1000 },
      { Name: 'nproc', Soft: 500, Hard: 500 },
    ]);
  });
});

describe('an engine', () => {
  it('is looked for where DOCKER_HOST says, else in the usual places', () => {
    expect(usualSockets({ DOCKER_HOST: 'unix:///x/y.sock' })).toEqual(['/x/y.sock']);
    expect(usualSockets({ XDG_RUNTIME_DIR: '/run/user/7' })).toEqual([
      '/var/run/docker.sock',
      '/run/user/7/podman/podman.sock',
      '/run/podman/podman.sock',
    ]);
  });

  it('is not told to give more than this process has itself', () => {
    const limits = [
      'Limit                     Soft Limit           Hard Limit           Units     ',
      'Max processes             96365                unlimited            processes ',
      'Max open files            1024                 2000                 files     ',
    ].join('\n');
    expect(ceilingsIn(limits)).toEqual({ openFiles: 2000, processes: 4096 });
  });

  it('runs with runc where control groups are mixed, and without systemd where there is none', () => {
    const mixed = podmanConfig({
      isHybrid: true,
      hasRunc: true,
      hasSystemd: false,
      ceilings,
      seccompProfile: '/x/seccomp.json',
    });
    expect(mixed).toContain('runtime = "runc"');
    expect(mixed).toContain('cgroup_manager = "cgroupfs"');
    expect(mixed).toContain('default_ulimits = ["nofile=1000:1000", "nproc=500:500"]');
    expect(mixed).toContain('seccomp_profile = "/x/seccomp.json"');
    const plain = podmanConfig({
      isHybrid: false,
      hasRunc: true,
      hasSystemd: true,
      ceilings,
      seccompProfile: undefined,
    });
    expect(plain).not.toContain('runtime');
    expect(plain).not.toContain('cgroup_manager');
    expect(plain).not.toContain('seccomp');
  });
});

describe('logs', () => {
  it('are put together from the pieces of both streams', () => {
    const piece = (stream: number, text: string) => {
      const header = Buffer.alloc(8);
      header.writeUInt8(stream);
      header.writeUInt32BE(Buffer.byteLength(text), 4);
      return Buffer.concat([header, Buffer.from(text)]);
    };
    expect(logText(Buffer.concat([piece(1, 'grün\n'), piece(2, 'red\n')]))).toBe('grün\nred\n');
    expect(logText(Buffer.from('a text of a terminal'))).toBe('a text of a terminal');
  });
});

describe('the profile of system calls', () => {
  it('allows less than the one that it is made of, and sockets of four families', () => {
    const allow = (names: string[], more = {}) => ({ names, action: 'SCMP_ACT_ALLOW', args: [], ...more });
    const own = {
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [
        allow(['read', 'socket', 'ptrace', 'unshare']),
        allow(['bpf']),
        { names: ['ptrace'], action: 'SCMP_ACT_ERRNO', args: null },
      ],
    };
    const { defaultAction, syscalls } = JSON.parse(narrowerProfile(JSON.stringify(own)) ?? '');
    expect(defaultAction).toBe('SCMP_ACT_ERRNO');
    expect(syscalls[0]).toEqual(allow(['read']));
    expect(syscalls[1]).toEqual({ names: ['ptrace'], action: 'SCMP_ACT_ERRNO', args: null });
    const families = syscalls.slice(2).map(({ args }: { args: { value: number; op: string }[] }) => args[0]?.value);
    expect(families).toEqual([1, 2, 10, 16]);
  });

  it('stays as it is where it is not understood', () => {
    expect(narrowerProfile('')).toBeUndefined();
    expect(narrowerProfile('{"syscalls":[{"names":"read"}]}')).toBeUndefined();
  });
});
