import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

const START_MS = Date.UTC(2026, 0, 5, 10);

const STATEMENTS = [
  'SELECT "items"."id", "items"."name", "items"."price" FROM "items" WHERE "items"."shop_id" = $1 AND "items"."name" = $2 LIMIT 11',
  'SELECT o.id, o.placed_at, sum(l.quantity * l.price) AS total FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.customer_id = $1 AND o.state <> $2 GROUP BY o.id, o.placed_at ORDER BY o.placed_at DESC LIMIT 20',
  'UPDATE carts SET touched_at = $1, note = $2 WHERE id = 7',
  'INSERT INTO events (kind, payload) VALUES ($1, $2) RETURNING id',
];

/**
 * Writes a log as a server with `log_statement = all` does, of the width that PostgreSQL 9.0 to 12 give it: sessions that
 * send transactions of prepared statements, mostly, of texts that have their literals within, and of a few that fail.
 * @param sessions how many there are, each of which stays to the end
 */
export async function writeServerLog(path: string, bytes: number, sessions = 200): Promise<void> {
  const file = createWriteStream(path, { highWaterMark: 1 << 20 });
  let written = 0;
  for (let from = 0; written < bytes; from += 1000) {
    let text = '';
    for (let number = from; number < from + 1000; number++) text += record(number, sessions);
    written += text.length;
    if (!file.write(text)) await once(file, 'drain');
  }
  await finished(file.end());
}

/** A record that a statement's number makes, ten to a millisecond. */
function record(number: number, sessions: number): string {
  const ofSession = Math.floor(number / sessions);
  const turn = ofSession % 10;
  const at = timeOf(START_MS + Math.floor(number / 10));
  const session = number % sessions;
  const id = `695b8ca0.${(0x1000 + session).toString(16)}`;
  const about = describe(number, turn);
  return `${at},"app","shop",${4096 + session},"10.0.0.2:${50_000 + session}",${id},${1 + ofSession},"SELECT",${timeOf(START_MS)},${session}/${1 + Math.floor(ofSession / 10)},0,${about},,,"app"\n`;
}

/** Columns 12 to 20: from the severity to the statement that failed. */
function describe(number: number, turn: number): string {
  const statement = (text: string) => `LOG,00000,"statement: ${text}",,,,,,`;
  if (turn === 0) return statement('BEGIN');
  if (turn === 9) return statement('COMMIT');
  if (number % 500 === 77) return `ERROR,22012,"division by zero",,,,,,"SELECT ${number} / 0"`;
  if (turn % 3 === 0) {
    return statement(`SELECT id, name FROM items WHERE id = ${number} AND name <> 'item ${number % 7919}'`);
  }
  const text = STATEMENTS[number % STATEMENTS.length]!.replaceAll('"', '""');
  const values = `parameters: $1 = '${number % 100_003}', $2 = 'it''s value ${number % 1013}'`;
  return `LOG,00000,"execute <unnamed>: ${text}","${values}",,,,,`;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', ' UTC');
}
