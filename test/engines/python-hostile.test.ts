/** Programs that mean no good: each ends as a failed job that says why, and the node goes on. */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tar, tarGz, zip } from '../../packages/runners/test/archives.ts';
import { createPythonNetwork, type JobSeen, type PythonNetwork } from '../support/python-network.ts';

const SECRET = 'the environment of the node';
const SMALL = { memory_bytes: 64 * 1024 * 1024, timeout_seconds: 5 };

let python: PythonNetwork;

beforeAll(async () => {
  process.env['PLEXUS_TEST_SECRET'] = SECRET;
  python = await createPythonNetwork();
}, 60_000);

afterAll(async () => {
  delete process.env['PLEXUS_TEST_SECRET'];
  await python[Symbol.asyncDispose]();
});

/** Command lines of all processes of this machine that run a job's program. */
function programsLeft(): readonly string[] {
  const lines = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    });
  return lines.filter((line) => line.includes('/job/main.py'));
}

async function expectFailure(job: JobSeen, why: RegExp): Promise<void> {
  expect(job.error).toMatch(why);
  expect(job).toMatchObject({ state: 'failed', result: null, cost: '0' });
  expect(programsLeft()).toEqual([]);
  const good = await python.run('import json, sys\nprint(json.load(sys.stdin)["n"] + 1)', { content: '{"n": 41}' });
  expect(good).toMatchObject({ state: 'completed', result: '42' });
}

describe.each<{ what: string; program: string; why: RegExp }>([
  {
    what: 'a fork bomb',
    program: 'import os\nwhile True:\n  os.fork()',
    why: /more than 128 processes|ran longer than 5 s|more than 67108864 bytes of memory/,
  },
  {
    what: 'a fork bomb that catches its errors',
    program: 'import os\nwhile True:\n  try:\n    os.fork()\n  except OSError:\n    pass',
    why: /ran longer than 5 s|more than 67108864 bytes of memory/,
  },
  {
    what: 'an allocation of 100 GB',
    program: 'x = bytearray(100 * 1000**3)\nprint(len(x))',
    why: /MemoryError|more than 67108864 bytes of memory/,
  },
  {
    what: 'an allocation of 100 GB that is filled',
    program: 'x = []\nwhile True:\n  x.append(bytearray(b"x") * 1000**2)',
    why: /needed more than 67108864 bytes of memory/,
  },
  { what: 'an endless loop', program: 'while True:\n  pass', why: /ran longer than 5 s/ },
  {
    what: 'a program that ignores SIGTERM',
    program: 'import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True:\n  time.sleep(1)',
    why: /ran longer than 5 s/,
  },
  {
    what: 'a child that outlives its parent',
    program: 'import os, time\nif os.fork() == 0:\n  os.setsid()\n  time.sleep(100)\nraise SystemExit(3)',
    why: /exit code 3/,
  },
  { what: 'reading /etc/shadow', program: 'print(open("/etc/shadow").read())', why: /FileNotFoundError/ },
  {
    what: 'reading the home of the node',
    program: `import os, json\nprint(json.dumps(os.listdir("/root")))`,
    why: /FileNotFoundError|PermissionError/,
  },
  { what: 'writing to the root', program: 'open("/x", "w")', why: /Read-only file system|Permission/ },
  { what: 'writing to its own bundle', program: 'open("/job/main.py", "w")', why: /Read-only file system/ },
  {
    what: 'reading the environment of the node',
    program: 'import os\nprint(os.environ["PLEXUS_TEST_SECRET"])',
    why: /KeyError/,
  },
  {
    what: 'opening a socket',
    program: 'import socket\nsocket.create_connection(("127.0.0.1", 80))',
    why: /Address family not supported/,
  },
  {
    what: 'asking for a name',
    program: 'import socket\nprint(socket.getaddrinfo("example.com", 80))',
    why: /Name or service not known|Temporary failure|Address family/,
  },
  {
    what: 'filling /tmp',
    program: 'with open("/tmp/x", "wb") as f:\n  while True:\n    f.write(bytes(1000**2))',
    why: /No space left on device|bytes of memory/,
  },
  {
    what: 'filling /output with many files',
    program: 'i = 0\nwhile True:\n  open(f"/output/{i}", "wb").write(bytes(100000))\n  i += 1',
    why: /No space left on device|bytes of memory/,
  },
  { what: 'printing without end', program: 'while True:\n  print("x" * 1000)', why: /printed more than 8388608 bytes/ },
  {
    what: 'complaining without end',
    program: 'import sys\nwhile True:\n  sys.stderr.write("x" * 1000)',
    why: /printed more than 8388608 bytes/,
  },
  {
    what: 'a link among its files',
    program: 'import os\nos.symlink("/etc/passwd", "/output/x")\nprint(1)',
    why: /cannot be taken: .*symbolic link/,
  },
  {
    what: 'more files than it may make',
    program: 'for i in range(1000):\n  open(f"/output/{i}", "w")\nprint(1)',
    why: /cannot be taken|at most/,
  },
  {
    what: 'a tar of its own on every descriptor',
    program:
      'import os\nfor fd in range(3, 256):\n  try:\n    os.write(fd, b"x" * 512)\n  except OSError:\n    pass\nraise SystemExit(4)',
    why: /exit code 4/,
  },
  {
    what: 'killing everything that it can',
    program: 'import os, signal\nos.kill(-1, signal.SIGKILL)',
    why: /exit code|SIGKILL/,
  },
  {
    what: 'mounting',
    program:
      'import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\nif libc.mount(b"proc", b"/tmp", b"proc", 0, 0):\n  raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))\nprint(1)',
    why: /Operation not permitted/,
  },
])('$what', ({ program, why }) => {
  it('fails with the reason, and the node goes on', async () => {
    await expectFailure(await python.run(program, { params: SMALL }), why);
  }, 40_000);
});

describe.each<{ what: string; archive: Buffer; why: RegExp }>([
  {
    what: 'a zip that leads out of its folder',
    archive: zip([{ name: '../../evil', content: 'x' }]),
    why: /leads out/,
  },
  { what: 'a tar with an absolute path', archive: tar([{ name: '/etc/cron.d/evil' }]), why: /absolute path/ },
  { what: 'a tar with a link', archive: tar([{ name: 'x', type: '2', link: '/etc' }]), why: /symbolic link/ },
  { what: 'a tar with a device', archive: tar([{ name: 'x', type: '4' }]), why: /block device/ },
  { what: 'a tar bomb', archive: tarGz([{ name: 'x', content: Buffer.alloc(1_100_000_000) }]), why: /holds more than/ },
  { what: 'a bundle without the program', archive: tar([{ name: 'other.py' }]), why: /no "main.py"; it has other.py/ },
])('$what', ({ archive, why }) => {
  it('fails with the reason, and the node goes on', async () => {
    await expectFailure(await python.submit({ bundle: await python.upload(archive) }), why);
  }, 60_000);
});

it('what a program sees of the machine is what every other one sees', async () => {
  const program = `
import json, os
print(json.dumps({
  "root": sorted(os.listdir("/")),
  "env": sorted(os.environ),
  "pids": sorted(int(p) for p in os.listdir("/proc") if p.isdigit())[-1] < 20,
  "pid1": open("/proc/1/cmdline").read().split("\\0")[0:4],
  "uid": [os.getuid(), os.geteuid(), os.getgid(), os.getgroups()],
  "hostname": os.uname().nodename,
  "fds": sorted(os.listdir("/proc/self/fd"), key=int)[:4],
}))`;
  const job = await python.run(program);
  const seen = JSON.parse(job.result ?? '');
  expect(seen.root.filter((name: string) => !/^(s?bin|lib(x?32|64)?)$/.test(name))).toEqual([
    'dev',
    'etc',
    'job',
    'output',
    'proc',
    'tmp',
    'usr',
  ]);
  expect(seen.env).not.toContain('PLEXUS_TEST_SECRET');
  expect(seen.env).toEqual(expect.arrayContaining(['HOME', 'PATH', 'PLEXUS_OUTPUT']));
  expect(seen.pid1.join(' ')).toMatch(/bwrap --args 3 --$/);
  expect(seen).toMatchObject({ pids: true, uid: [65534, 65534, 65534, []], hostname: 'job' });
  expect(JSON.stringify(seen)).not.toContain(SECRET);
});
