/** The code in docs/guides/webhooks.md does what the guide says of it. */
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';

const GUIDE = readFileSync('docs/guides/webhooks.md', 'utf8');
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const BODY = '{"type":"job.completed","data":{"job_id":"ü"}}';

interface Call {
  readonly secret: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function codeIn(language: string): string {
  const code = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(GUIDE)?.[1];
  if (code === undefined) throw new Error(`The guide has no ${language}`);
  return code;
}

function signed(secondsAgo: number, body = BODY): Call {
  const timestamp = String(Math.floor(Date.now() / 1000) - secondsAgo);
  const signature = new Webhook(SECRET).sign('msg_1', new Date(Number(timestamp) * 1000), body);
  const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': timestamp, 'webhook-signature': signature };
  return { secret: SECRET, headers, body };
}

function withHeader(call: Call, name: string, value: string): Call {
  return { ...call, headers: { ...call.headers, [name]: value } };
}

const other = createHmac('sha256', 'other').update('x').digest('base64');
const GOOD: readonly Call[] = [
  signed(0),
  signed(200),
  withHeader(signed(0), 'webhook-signature', `v1,${other} ${signed(0).headers['webhook-signature'] ?? ''}`),
];
const BAD: readonly Call[] = [
  signed(400),
  signed(-400),
  { ...signed(0), body: BODY.replace('completed', 'failed') },
  { ...signed(0), secret: `whsec_${Buffer.alloc(32, 8).toString('base64')}` },
  withHeader(signed(0), 'webhook-id', 'msg_2'),
  withHeader(signed(0), 'webhook-signature', `v1,${other}`),
  withHeader(signed(0), 'webhook-signature', ''),
  withHeader(signed(0), 'webhook-timestamp', 'x'),
];
const ALL = [...GOOD, ...BAD];
const EXPECTED = ALL.map((call) => (GOOD.includes(call) ? JSON.parse(BODY) : null));

it('the JavaScript accepts what the network signs, and nothing else', async () => {
  const { verify } = await import(`data:text/javascript,${encodeURIComponent(codeIn('js'))}`);
  expect(ALL.map(({ secret, headers, body }) => verify(secret, headers, body) ?? null)).toEqual(EXPECTED);
});

const python = spawnSync('python3', ['--version']).status === 0;
const WHERE = python ? '' : ' (skipped: there is no python3)';

describe.skipIf(!python)(`the Python${WHERE}`, () => {
  it('accepts what the network signs, and nothing else', () => {
    const run = `import sys\ncalls = json.load(sys.stdin)\nprint(json.dumps([verify(c["secret"], c["headers"], c["body"].encode()) for c in calls]))`;
    const { stdout, stderr } = spawnSync('python3', ['-c', `${codeIn('python')}\n${run}`], {
      input: JSON.stringify(ALL),
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(EXPECTED);
  });
});
