import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';

/** What pg_dump writes into a plain dump for psql alone, and what must be known of it before psql reads it. */

/**
 * Names of the databases that a dump connects to (those of `pg_dump --create` and pg_dumpall). They are made before the
 * restore: the dump's own CREATE DATABASE asks for a locale that this machine may not have, and psql gives up where
 * it can't connect.
 */
export async function databasesOf(path: string): Promise<string[]> {
  const names = new Set<string>();
  for await (const block of wholeLines(path)) {
    // In COPY data no line can look like this: a backslash is always doubled there or starts a one-letter escape.
    for (const [, target] of block.toString('latin1').matchAll(/^\\connect (.+)$/gm)) {
      names.add(databaseName(Buffer.from(target!, 'latin1').toString('utf8')));
    }
  }
  names.delete('');
  return [...names];
}

/** The forms that pg_dump and pg_dumpall write: `name`, `"odd ""name"""`, `-reuse-previous=on "dbname='odd name'"`. */
export function databaseName(target: string): string {
  const text = target.trim().replace(/^-reuse-previous=\S+\s+/, '');
  const unquoted = /^".*"$/.test(text) ? text.slice(1, -1).replaceAll('""', '"') : text;
  const inString = unquoted.match(/^dbname='((?:[^'\\]|\\.)*)'/);
  return inString ? inString[1]!.replace(/\\(.)/g, '$1') : unquoted;
}

/** psql's that know \restrict, with which every pg_dump since August 2025 guards its dumps: minor release by major. */
const FIRST_WITH_RESTRICT: Record<number, number> = { 13: 22, 14: 19, 15: 14, 16: 10, 17: 6 };

export function knowsRestrict(psqlVersion: string): boolean {
  const [major = 0, minor = 0] = psqlVersion.split('.').map((part) => Number.parseInt(part, 10));
  return major >= 18 || minor >= (FIRST_WITH_RESTRICT[major] ?? Number.POSITIVE_INFINITY);
}

/** A dump's bytes as `psql` of this version can read them: an older one gets no \restrict and \unrestrict lines. */
export function readPlainDump(path: string, psqlVersion: string): Readable {
  return knowsRestrict(psqlVersion)
    ? createReadStream(path)
    : Readable.from(withoutRestrict(wholeLines(path)));
}

/**
 * Only lines with the dump's own random key are dropped: `\r` is also how COPY data write a carriage return, so a
 * row may well begin with `\restrict`.
 */
export async function* withoutRestrict(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let key: string | undefined;
  for await (const block of blocks) {
    const text = block.toString('latin1');
    key ??= text.match(/^\\restrict ([A-Za-z0-9]+)\r?$/m)?.[1];
    if (key === undefined || !text.includes(`restrict ${key}`)) yield block;
    else yield Buffer.from(text.replace(new RegExp(`^\\\\(un)?restrict ${key}\\r?\\n`, 'gm'), ''), 'latin1');
  }
}

/** A file's bytes in blocks that end with a line's end (the last one excepted). */
export async function* wholeLines(path: string): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    const bytes = Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf('\n') + 1;
    if (end > 0) yield bytes.subarray(0, end);
    rest = bytes.subarray(end);
  }
  if (rest.length > 0) yield rest;
}
