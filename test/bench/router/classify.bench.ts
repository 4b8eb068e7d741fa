import { afterAll, beforeAll, bench, describe } from 'vitest';
import type { Cluster } from '../../../src/cluster/cluster.js';
import { type Catalog, type Classifier, createClassifier, loadCatalog } from '../../../src/router/index.js';
import { loadParser, parseStatements } from '../../../src/router/sql/parse.js';
import { startServers, withConnection } from '../../router/servers.js';
import { CONSERVATIVE, SAFE, UNSAFE, WRONG } from '../../router/sql/corpus.js';

// What a classification costs: `npx vitest bench --run test/bench/router/classify.bench.ts`. The goals are a mean
// below 1 µs for a text that is known, below 100 µs for one that isn't, and a fraction of the parser's time for one that
// differs from a known one in its literals only.

/** Statements as object-relational mappers write them, 70 to 2,000 characters. */
const APPLICATION = [
  'SELECT "id", "name", "price" FROM "items" WHERE "restaurant" = $1 ORDER BY "price" LIMIT 10',
  'SELECT i.*, count(*) OVER () AS total FROM items i WHERE i.name ILIKE $1 AND i.price BETWEEN $2 AND $3 ORDER BY i.name OFFSET $4 LIMIT $5',
  'INSERT INTO "audit" ("note") VALUES ($1) RETURNING "id", "note"',
  'UPDATE "items" SET "name" = $1, "price" = $2 WHERE "items"."id" = $3',
  `SELECT "User"."id", "User"."name", "User"."price", "posts"."id" AS "posts.id", "posts"."name" AS "posts.name",
     "posts"."restaurant" AS "posts.restaurant", "posts->comments"."id" AS "posts.comments.id", "posts->comments"."mood" AS "posts.comments.mood"
   FROM "items" AS "User" LEFT OUTER JOIN "items" AS "posts" ON "User"."id" = "posts"."restaurant" AND "posts"."price" IS NOT NULL
     LEFT OUTER JOIN "moods" AS "posts->comments" ON "posts"."id" = "posts->comments"."id"
   WHERE "User"."name" = $1 AND ("User"."price" = 3 OR "User"."name" IN ('admin', 'owner')) ORDER BY "posts"."price" DESC LIMIT 20 OFFSET 0`,
  `SELECT date_trunc('day', now()) AS day, i.restaurant, count(DISTINCT i.id) AS orders, sum(i.price) FILTER (WHERE i.price > $1) AS revenue,
     percentile_cont(0.95) WITHIN GROUP (ORDER BY i.price) AS p95, lag(sum(i.price)) OVER (PARTITION BY i.restaurant ORDER BY i.restaurant) AS previous
   FROM items i JOIN cheap c USING (id) WHERE i.restaurant = ANY ($2) GROUP BY 1, 2 HAVING count(*) > 5 ORDER BY 1, 2`,
  `SELECT coalesce(json_agg("root"), '[]') AS "root" FROM (SELECT row_to_json((SELECT "_e" FROM (SELECT "_root.base"."id" AS "id",
     "_root.base"."name" AS "name", "_root.or.moods"."moods" AS "moods") AS "_e")) AS "root" FROM (SELECT * FROM "public"."items"
     WHERE (("public"."items"."price") > (($1)::numeric)) LIMIT 50) AS "_root.base" LEFT OUTER JOIN LATERAL (SELECT coalesce(json_agg("moods"), '[]')
     AS "moods" FROM (SELECT row_to_json((SELECT "_e" FROM (SELECT "m"."id" AS "id", "m"."size" AS "size") AS "_e")) AS "moods"
     FROM "public"."moods" AS "m" WHERE ("_root.base"."id") = ("m"."id")) AS "_root.ar.moods") AS "_root.or.moods" ON ('true')) AS "_root"`,
  `SELECT ${Array.from({ length: 30 }, (_, n) => `"t0"."column_${n}" AS "t0_column_${n}"`).join(', ')} FROM "public"."items" AS "t0"
   LEFT JOIN "public"."moods" AS "t1" ON "t1"."id" = "t0"."id" WHERE "t0"."id" IN (${Array.from({ length: 40 }, (_, n) => `$${n + 1}`).join(', ')})`,
];

let cluster: Cluster;
let catalog: Catalog;
let fresh: Classifier;
let warm: Classifier;

beforeAll(async () => {
  await loadParser();
  cluster = await startServers();
  catalog = await withConnection(cluster.primary.monitor, loadCatalog);
  // Of a cache for one text nothing is found again, but the catalog's definitions have been read.
  fresh = createClassifier(catalog, 1);
  warm = createClassifier(catalog);
});

afterAll(async () => cluster[Symbol.asyncDispose]());

const CORPUS = [
  ...SAFE,
  ...[...UNSAFE, ...[...WRONG, ...CONSERVATIVE].flatMap(({ statements }) => statements)].map(([sql]) => sql),
];

/** Gives the texts in turn. */
function inTurn(texts: string[]): () => string {
  let next = 0;
  return () => texts[next++ % texts.length]!;
}

/** Texts of which none is known when its turn comes: more than are kept, with literals where the parameters were. */
const OF_KNOWN_SHAPES = Array.from({ length: 20_000 }, (_, n) =>
  APPLICATION[n % APPLICATION.length]!.replaceAll(/\$\d+/g, () => String(n)),
);

describe('application: literals instead of parameters', () => {
  const [shared, parsed] = [inTurn(OF_KNOWN_SHAPES), inTurn(OF_KNOWN_SHAPES)];
  bench('new text of a known shape', () => void warm(shared()));
  bench('the parser alone', () => void parseStatements(parsed()));
});

for (const [name, texts] of Object.entries({ corpus: CORPUS, application: APPLICATION })) {
  describe(`${name}: ${texts.length} texts, ${Math.round(texts.join('').length / texts.length)} characters in the mean`, () => {
    const [hit, miss, parsed] = [inTurn(texts), inTurn(texts), inTurn(texts)];
    bench('known text', () => void warm(hit()));
    bench('new text', () => void fresh(miss()));
    bench('the parser alone', () => void parseStatements(parsed()));
  });
}
