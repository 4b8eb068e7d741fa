import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyCatalog } from '../../../src/workload/generated-keys/catalog.js';
import { GIVEN, Inference, type InferredKeys, SENT } from '../../../src/workload/generated-keys/infer.js';
import type { SqlEvent } from '../../../src/workload/trace.js';

const LAST = 100;
const catalog: KeyCatalog = {
  sequences: [
    { schema: 'public', name: 'parent_id_seq', last: LAST, inOrder: true },
    { schema: 'public', name: 'child_id_seq', last: LAST, inOrder: true },
  ],
  tables: [
    {
      schema: 'public',
      name: 'parent',
      columns: [{ name: 'name' }, { name: 'id', sequence: 0, draws: true }],
    },
    {
      schema: 'public',
      name: 'child',
      columns: [
        { name: 'id', sequence: 1, draws: true },
        { name: 'parent_id', sequence: 0 },
      ],
    },
  ],
};

type Statement = { session?: number; text: string; values?: string[]; failed?: string; dueUs?: number };

async function infer(statements: Statement[]): Promise<InferredKeys | null> {
  const inference = (await Inference.start(catalog))!;
  for (const [place, { session = 1, text, values, failed, dueUs = place * 10_000 }] of statements.entries()) {
    const event: SqlEvent = {
      ...{ dueUs, session, category: 'write', priority: 'low', failed },
      sql: { text, values },
    };
    inference.see(event, place);
  }
  return inference.result();
}

/** By the place of the statement that was given them: the numbers, by their rows. */
function givenOf(keys: InferredKeys | null): Record<number, number[]> {
  const given: Record<number, number[]> = {};
  for (let at = 0; at < (keys?.given.length ?? 0); at += GIVEN) {
    const [place, row, , key] = keys!.given.subarray(at, at + GIVEN);
    given[place!] ??= [];
    given[place!]![row!] = keys!.captured[key!]!;
  }
  return given;
}

/** Where statements have numbers: the place, the slot, the number. */
function sentOf(keys: InferredKeys | null): number[][] {
  const sent: number[][] = [];
  for (let at = 0; at < (keys?.sent.length ?? 0); at += SENT) {
    const [place, slot, key] = keys!.sent.subarray(at, at + SENT);
    sent.push([place!, slot!, keys!.captured[key!]!]);
  }
  return sent;
}

const parent = { text: "INSERT INTO parent (name) VALUES ('p') RETURNING id" };
const child = (id: number) => ({ text: 'INSERT INTO child (parent_id) VALUES ($1)', values: [String(id)] });

describe('numbers that statements were given', () => {
  it('are those that their sessions first send, in parameters and literals of columns that hold them', async () => {
    const text =
      "SELECT * FROM child c JOIN parent ON parent.id = c.parent_id WHERE '°' = '°' AND c.parent_id = 101";
    const keys = await infer([
      parent,
      child(101),
      { text },
      { text: text.replace('101', "'101'"), session: 2 },
      { text: 'SELECT name FROM parent WHERE id = ANY($1::int[]) AND name = $2', values: ['{7,101}', '101'] },
      { text: 'SELECT * FROM parent WHERE id > $1 LIMIT 20', values: ['101'] },
      { text: 'UPDATE parent SET name = $1 WHERE id = $2', values: ['101', '101'] },
    ]);
    expect(givenOf(keys)).toEqual({ 0: [101] });
    const literal = -1 - text.indexOf('101');
    expect(sentOf(keys)).toEqual([
      [1, 0, 101],
      [2, literal, 101],
      [3, literal - 1, 101],
      [4, 0, 101],
      [5, 0, 101],
      [6, 1, 101],
    ]);
  });

  it('are asked for by functions, too, and drawn several at once', async () => {
    expect(givenOf(await infer([{ text: "SELECT nextval('parent_id_seq')" }, child(101)]))).toEqual({
      0: [101],
    });
    const quiet = { text: "INSERT INTO parent VALUES ('p')" };
    expect(givenOf(await infer([quiet, { text: 'SELECT lastval()' }, child(101)]))).toEqual({ 1: [101] });
    expect(
      givenOf(await infer([quiet, { text: "SELECT currval('public.parent_id_seq'::regclass)" }, child(101)])),
    ).toEqual({ 1: [101] });
    const two = { text: "INSERT INTO parent VALUES ('p'), ('q') RETURNING *" };
    expect(givenOf(await infer([two, child(102), child(101)]))).toEqual({ 0: [101, 102] });
    expect(await infer([two, child(101)])).toBe(null);
  });

  it.each<[string, Statement[]]>([
    ['the data had before', [parent, child(LAST)]],
    [
      'another session sent before',
      [child(101), parent, child(101)].map((s, i) => ({ ...s, session: i + 1 })),
    ],
    [
      'the session sends after its next draw',
      [parent, { text: "INSERT INTO parent VALUES ('p')" }, child(101)],
    ],
    ['the session sends after a rollback', [parent, { text: 'ROLLBACK' }, child(101)]],
    [
      'is a bound alone',
      [parent, { text: 'SELECT * FROM parent WHERE id > $1 OR 9999 >= id', values: ['101'] }],
    ],
    ['no column holds', [parent, { text: 'SELECT * FROM parent WHERE name = $1', values: ['101'] }]],
    ['a statement that failed was given', [{ ...parent, failed: '23505' }, child(101)]],
    ['a statement does not answer with', [{ text: "INSERT INTO parent VALUES ('p')" }, child(101)]],
    [
      'a statement within another answers with',
      [{ text: "WITH p AS (INSERT INTO parent VALUES ('p') RETURNING id) SELECT 1 FROM p" }, child(101)],
    ],
  ])('are not taken from what %s', async (_, statements) => {
    expect(await infer(statements)).toBe(null);
  });

  it('are refused where the order in which they were drawn does not allow for them', async () => {
    const drawn = [101, 102, 103, 999, 104, 105, 106]
      .flatMap((id) => [parent, child(id)])
      .map((statement, i) => ({ ...statement, dueUs: i * 150_000 }));
    expect(Object.values(givenOf(await infer(drawn))).flat()).toEqual([101, 102, 103, 104, 105, 106]);
  });

  it('are found in whatever sessions send at the same time, and none is wrong', async () => {
    const transaction = fc.record({
      session: fc.nat(3),
      /** Of the rounds: when it draws, and how long after that it sends the number back. */
      at: fc.nat(40),
      after: fc.integer({ min: 1, max: 5 }),
      fails: fc.boolean(),
      sendsBack: fc.boolean(),
      looksAt: fc.option(fc.nat(20)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(transaction, { maxLength: 25 }), async (wanted) => {
        const free = new Map<number, number>();
        const timed: { atUs: number; order: number; statement: Statement; draws?: number; sends?: number }[] =
          [];
        let next = LAST + 1;
        for (const one of wanted.toSorted((a, b) => a.at - b.at)) {
          const { session, after, fails, sendsBack, looksAt } = one;
          const at = Math.max(one.at, free.get(session) ?? 0);
          free.set(session, at + after + 1);
          timed.push({ atUs: at * 1000, order: 0, statement: { ...parent, session }, draws: 0 });
          if (fails) timed.at(-1)!.statement.failed = '23505';
          if (sendsBack && !fails) {
            const sent = timed.length - 1;
            timed.push({
              atUs: (at + after) * 1000,
              order: 1,
              statement: { session, text: '' },
              sends: sent,
            });
          }
          if (looksAt !== null)
            timed.push({
              atUs: (at + after) * 1000,
              order: 2,
              statement: { session, text: '' },
              draws: -looksAt - 1,
            });
        }
        // The order in which they are due is that in which they draw.
        const ids = new Map<(typeof timed)[number], number>();
        const ordered = timed.toSorted((a, b) => a.atUs - b.atUs || a.order - b.order);
        const truth: Record<number, number> = {};
        const sentBefore: number[] = [];
        const statements = ordered.map((one, place): Statement => {
          const { statement, draws, sends, atUs } = one;
          if (draws === 0) {
            ids.set(one, next);
            truth[place] = next;
            next++;
            return { ...statement, dueUs: atUs };
          }
          // Anybody may look at what the data had already, or at what was sent before.
          const seen = sentBefore.length > 0 ? sentBefore[-draws! % sentBefore.length] : undefined;
          const id = sends === undefined ? (seen ?? LAST + draws!) : ids.get(timed[sends]!)!;
          if (sends !== undefined) sentBefore.push(id);
          return { ...child(id), session: statement.session, dueUs: atUs };
        });
        const given = givenOf(await infer(statements));
        for (const [place, [id]] of Object.entries(given)) expect(id).toBe(truth[Number(place)]);
        const sentBack = ordered.filter(({ sends }) => sends !== undefined);
        expect(Object.keys(given)).toHaveLength(sentBack.length);
      }),
      { numRuns: 300 },
    );
  });
});
