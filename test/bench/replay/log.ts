import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

const START_MS = Date.UTC(2026, 0, 5, 10);

/** Writes a csvlog, as PostgreSQL 9.0 had it, which both read: sessions that connect, send one statement each in turn, and end. */
export async function writeLog(
  path: string,
  about: {
    user: string;
    database: string;
    sessions: number;
    count: number;
    everyUs: number;
    textOf: (number: number) => string;
  },
): Promise<void> {
  const { user, database, sessions, count, everyUs, textOf } = about;
  const record = (number: number, session: number, message: string) => {
    const at = new Date(START_MS + (number * everyUs) / 1000)
      .toISOString()
      .replace('T', ' ')
      .replace('Z', ' UTC');
    const id = `6a00${(0x1000 + session).toString(16)}.${(100 + session).toString(16)}`;
    return `${at},"${user}","${database}",${100 + session},"10.0.0.2:5070",${id},${number + 1},"SELECT",${at},3/1,0,LOG,00000,"${message}",,,,,,,,,"app"\n`;
  };
  const file = createWriteStream(path, { highWaterMark: 1 << 18 });
  const write = async (text: string) => {
    if (!file.write(text)) await once(file, 'drain');
  };
  for (let session = 0; session < sessions; session++) {
    await write(record(0, session, `connection authorized: user=${user} database=${database}`));
  }
  for (let number = 0; number < count; number++) {
    await write(record(number, number % sessions, `statement: ${textOf(number)}`));
  }
  for (let session = 0; session < sessions; session++) {
    const message = `disconnection: session time: 0:00:01.000 user=${user} database=${database} host=10.0.0.2 port=5070`;
    await write(record(count, session, message));
  }
  await finished(file.end());
}
