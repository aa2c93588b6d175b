// A name server of the test's own, whose answers change while it runs (RFC 1035 and 2782).

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { TestContext } from 'node:test';

const TYPE = { A: 1, AAAA: 28, SRV: 33 } as const;

export type RecordType = keyof typeof TYPE;

/** What is said of one name and type: records, or what else a server may do. */
export type Answer =
  | { readonly ttl: number; readonly records: readonly string[] }
  | 'NXDOMAIN'
  | 'SERVFAIL'
  | 'silence';

const RCODE = { NXDOMAIN: 3, SERVFAIL: 2 } as const;

export class NameServer {
  readonly address: string;
  /** `a.example A`, in the order in which they came. */
  readonly questions: string[] = [];
  readonly #answers = new Map<string, Answer>();

  static async start(t: TestContext): Promise<NameServer> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    t.after(() => {
      socket.close();
    });
    await once(socket, 'listening');
    return new NameServer(socket);
  }

  private constructor(socket: Socket) {
    this.address = `127.0.0.1:${socket.address().port}`;
    socket.on('message', (question, { port, address }) => {
      const reply = this.#replyTo(question);
      if (reply !== undefined) socket.send(reply, port, address);
    });
  }

  /** Says that from now on; a name that was never set has no records of the type. */
  set(name: string, type: RecordType, answer: Answer): void {
    this.#answers.set(`${name} ${type}`, answer);
  }

  #replyTo(question: Buffer): Buffer | undefined {
    const { name, type, end } = readQuestion(question);
    const typeName = (Object.keys(TYPE) as RecordType[]).find((known) => TYPE[known] === type);
    this.questions.push(`${name} ${typeName ?? type}`);
    const answer = this.#answers.get(`${name} ${typeName}`) ?? { ttl: 1, records: [] };
    if (answer === 'silence') return undefined;
    const records = typeof answer === 'string' ? [] : answer.records;
    const header = Buffer.from(question.subarray(0, 12));
    // A response, recursion is available.
    header.writeUInt16BE(0x8180 | (typeof answer === 'string' ? RCODE[answer] : 0), 2);
    header.writeUInt16BE(records.length, 6);
    header.writeUInt32BE(0, 8);
    const ttl = typeof answer === 'string' ? 0 : answer.ttl;
    const parts = records.map((record) => resourceRecord(type, ttl, dataOf(type, record)));
    return Buffer.concat([header, question.subarray(12, end), ...parts]);
  }
}

function readQuestion(message: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at]!; length > 0; length = message[at]!) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 };
}

function resourceRecord(type: number, ttl: number, data: Buffer): Buffer {
  const head = Buffer.alloc(12);
  // A pointer to the name of the question.
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(ttl, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

/** @param record  an address, or `HOST PORT` of SRV */
function dataOf(type: number, record: string): Buffer {
  if (type === TYPE.A) return Buffer.from(record.split('.').map(Number));
  if (type === TYPE.AAAA) return ipv6Bytes(record);
  const [host = '', port] = record.split(' ');
  const head = Buffer.alloc(6);
  head.writeUInt16BE(Number(port), 4);
  const labels = host.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
  return Buffer.concat([head, ...labels, Buffer.from([0])]);
}

function ipv6Bytes(text: string): Buffer {
  const [front = '', back = ''] = text.split('::');
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [head, tail] = [groups(front), groups(back)];
  const all = [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 255]));
}
