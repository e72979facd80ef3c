import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';
import { onTestFinished } from 'vitest';

const HEADER_BYTES = 12;
const TYPES: Readonly<Record<number, 'A' | 'AAAA'>> = { 1: 'A', 28: 'AAAA' };

/** What a name server says of a name; nothing leaves the question without an answer. */
export type Answers = (name: string, type: 'A' | 'AAAA') => readonly string[] | undefined;

/**
 * A DNS server of a test. Source: RFC 1035, section 4.
 *
 * @returns its address with its port
 */
export async function serveDns(answers: Answers): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (question, { port, address }) => {
    const answer = answerTo(question, answers);
    if (answer) socket.send(answer, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  return `127.0.0.1:${socket.address().port}`;
}

function answerTo(question: Buffer, answers: Answers): Buffer | undefined {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const end = at + 5;
  const type = TYPES[question.readUInt16BE(at + 1)] ?? 'A';
  const found = answers(labels.join('.'), type);
  if (!found) return undefined;
  const header = Buffer.from(question.subarray(0, HEADER_BYTES));
  header.writeUInt16BE(found.length === 0 ? 0x8183 : 0x8180, 2);
  header.writeUInt16BE(found.length, 6);
  header.writeUInt16BE(0, 10);
  return Buffer.concat([header, question.subarray(HEADER_BYTES, end), ...found.map(record)]);
}

/** One address of the name that was asked for, good for this moment alone. */
function record(address: string): Buffer {
  const bytes = isIPv4(address) ? Buffer.from(address.split('.').map(Number)) : Buffer.from(address, 'hex');
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt16BE(0xc0_0c, 0);
  head.writeUInt16BE(isIPv4(address) ? 1 : 28, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(bytes.length, 10);
  return Buffer.concat([head, bytes]);
}
