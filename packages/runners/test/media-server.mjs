/** A process that speaks the APIs of image and speech servers: what it answers follows from what it is asked. */
import { createServer } from 'node:http';
import { crc32, deflateSync } from 'node:zlib';

const calls = [];
/** The id of what hangs. */
let current;

/** A PNG of a gradient whose colour is the seed's. Source: PNG specification, chunks IHDR, IDAT, IEND. */
function png(width, height, seed) {
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++)
      rows.set([(x * 255) / width, (y * 255) / height, seed % 256], y * (width * 3 + 1) + 1 + x * 3);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc(body), body.length + 4);
  return framed;
}

/** Node has crc32 since 22.2. */
function crc(bytes) {
  if (crc32) return crc32(bytes);
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  }
  return (value ^ 0xffffffff) >>> 0;
}

const routes = {
  'GET /sdapi/v1/sd-models': () => [{ title: 'sd15.safetensors [abc]', model_name: 'stable-diffusion-1.5' }],
  'POST /sdapi/v1/txt2img': ({ width, height, batch_size: count, seed, prompt, force_task_id: id }) => {
    if (prompt === 'hang') return void (current = id);
    if (prompt === 'text') return { images: [Buffer.from('no image').toString('base64')] };
    const first = seed === -1 ? 7 : seed;
    const images = Array.from({ length: count }, (_, at) => png(width, height, first + at).toString('base64'));
    return { images, parameters: {}, info: JSON.stringify({ seed: first }) };
  },
  'POST /internal/progress': ({ id_task: id }) => ({ active: id === current, progress: id === current ? 0.5 : null }),
  'POST /sdapi/v1/interrupt': () => ({}),
  'GET /v1/models': () => ({
    data: [{ id: 'Systran/faster-whisper-base' }, { id: 'whisper-tiny.en' }, { id: 'painter' }],
  }),
  'POST /v1/images/generations': ({ size, n }) => {
    const [width, height] = size.split('x').map(Number);
    return { data: Array.from({ length: n }, (_, at) => ({ b64_json: png(width, height, at).toString('base64') })) };
  },
  'POST /v1/audio/transcriptions': (form) => heard(form),
  'POST /v1/audio/translations': (form) => heard(form, 'en'),
  'GET /calls': () => calls,
};

/** Says back what it was given, so that a test sees that it was. */
function heard(form, language) {
  const words = form.bytes > 32_100 ? `${form.bytes} bytes for ${form.model}` : '';
  return {
    text: ` ${words} `,
    language: language ?? form.language ?? 'english',
    segments: words === '' ? [] : [{ id: 0, start: 0.5, end: 1.25, text: ` ${words}` }],
  };
}

async function read(request) {
  const type = request.headers['content-type'] ?? '';
  const chunks = [];
  for await (const piece of request) chunks.push(piece);
  const body = Buffer.concat(chunks);
  if (!type.startsWith('multipart/')) return body.length === 0 ? {} : JSON.parse(body.toString());
  const form = await new Response(body, { headers: { 'content-type': type } }).formData();
  const file = form.get('file');
  const fields = [...form.entries()].filter(([name]) => name !== 'file');
  return { ...Object.fromEntries(fields), bytes: file.size };
}

const server = createServer(async (request, response) => {
  const line = `${request.method} ${request.url}`;
  const body = await read(request);
  if (line !== 'GET /calls') calls.push({ line, body, authorization: request.headers.authorization });
  const answer = routes[line]?.(body);
  if (routes[line] && answer === undefined) return;
  response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}));
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit(0));
