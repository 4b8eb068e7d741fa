import { createHash } from 'node:crypto';
import { Client } from 'pg';
import type { ConnectionConfig } from '../../cluster/index.js';
import { BenchError, wordsOf } from '../../machine/pure.js';
import { GRANTS, INDEXES, SETTINGS, TABLES } from './schema.js';
import { EVENT_DAYS, HISTORY_DAYS, REFERENCE_DATE, type SmartmenuSize, smartmenuSize } from './size.js';
import { CITIES, CUISINES, MAINS, SECTIONS, SIDES, STYLES } from './vocabulary.js';

/** Name of the database that the data set lives in. */
export const DATABASE = 'smartmenu';

/**
 * Creates the SmartMenu schema in an empty database and fills it. The server makes the rows itself from
 * hashes of their numbers: the same seed and scale give the same rows on any machine, at any time. Some ten
 * seconds and 220 MB at scale 1. The role `splitbench_app`, where there is one, may use them as the service does.
 * @param admin a connection to the empty database of a role that may create tables in it
 * @throws BenchError SMARTMENU_LOAD
 */
export async function loadSmartmenu(
  admin: ConnectionConfig,
  options: { scale: number; seed: number },
): Promise<void> {
  const client = new Client({ ...admin, application_name: 'splitbench-load' });
  client.on('error', () => {}); // a lost connection also fails the statement that runs on it
  try {
    await client.connect();
    await client.query(`
      set timezone = 'UTC'; set client_min_messages = warning; set synchronous_commit = off;
      set max_parallel_workers_per_gather = 0; set maintenance_work_mem = '128MB'; set work_mem = '64MB'`);
    await client.query(TABLES);
    for (const step of dataSteps(smartmenuSize(options.scale), options.seed)) await client.query(step);
    await client.query(INDEXES);
    if (await hasAppRole(client)) await client.query(GRANTS);
    await client.query(SETTINGS);
    await client.query('vacuum (freeze, analyze)');
  } catch (cause) {
    throw new BenchError('SMARTMENU_LOAD', `Loading the SmartMenu data set failed: ${wordsOf(cause)}.`, {
      exitCode: 4,
      cause,
    });
  } finally {
    await client.end().catch(() => {});
  }
}

/** Elsewhere whoever owns the tables is the application. */
async function hasAppRole(client: Client): Promise<boolean> {
  const { rowCount } = await client.query(`SELECT FROM pg_roles WHERE rolname = 'splitbench_app'`);
  return rowCount === 1;
}

/**
 * Names what {@link loadSmartmenu} makes: another text for another seed, scale or version of the data set.
 */
export function smartmenuFingerprint({ scale, seed }: { scale: number; seed: number }): string {
  const sql = [TABLES, ...dataSteps(smartmenuSize(scale), seed), INDEXES, GRANTS, SETTINGS].join('');
  return createHash('sha256').update(sql).digest('hex').slice(0, 16);
}

/** SQL that fills the tables, in order. */
function dataSteps(size: SmartmenuSize, seed: number): string[] {
  const reference = `timestamptz '${REFERENCE_DATE} 00:00:00+00'`;
  /** How many of all orders fall to a part of the total weight; in integers, which round alike everywhere. */
  const share = (weight: string) => `(${size.orders} * (${weight}) / sum(weight) over ())::int`;
  return [
    // u(i, column): a number in [0, 1) for a row and a column. pick(words, u): one of some words.
    // No function whose last digit depends on the machine's libm (power, ln) is used anywhere.
    `create function pg_temp.u(bigint, int) returns float8 immutable language sql as
       'select (hashint8extended($1, ${seed}::bigint * 100 + $2) & 4503599627370495)::float8 / 4503599627370496';
     create function pg_temp.pick(text[], float8) returns text immutable language sql as
       'select $1[1 + floor($2 * cardinality($1))::int]'`,

    `insert into restaurants
     select i,
       initcap(pg_temp.pick(${words(STYLES)}, pg_temp.u(i, 1)) || ' '
         || pg_temp.pick(${words(MAINS)}, pg_temp.u(i, 2))) || ' ' || i,
       (${words(CITIES)})[1 + (i - 1) % ${CITIES.length}], pg_temp.pick(${words(CUISINES)}, pg_temp.u(i, 3)),
       date '2020-01-01' + floor(pg_temp.u(i, 4) * 1800)::int
     from generate_series(1, ${size.restaurants}) i`,

    // The counterpart of menuLength() and itemId().
    `insert into menu_items (id, restaurant_id, section, name, description, price_cents)
     select id, r, (${words(SECTIONS)})[1 + n * ${SECTIONS.length} / (length + 1)], style || ' ' || main,
       initcap(style) || ' ' || main || ' with ' || side || ' and '
         || pg_temp.pick(${words(SIDES)}, pg_temp.u(id, 14)) || ', made to order',
       350 + 50 * floor(pg_temp.u(id, 15) * 50)::int
     from generate_series(1, ${size.restaurants}) r, lateral (select 160 + (r * 37) % 201 as length) menu,
       generate_series(1, length) n, lateral (select r * 1000 + n as id) item,
       lateral (select pg_temp.pick(${words(STYLES)}, pg_temp.u(id, 11)) as style,
         pg_temp.pick(${words(MAINS)}, pg_temp.u(id, 12)) as main,
         pg_temp.pick(${words(SIDES)}, pg_temp.u(id, 13)) as side) dish
     order by id`,

    `insert into customers
     select i, 'Customer ' || i, 'customer' || i || '@example.com',
       date '2022-01-01' + floor(pg_temp.u(i, 21) * 1200)::int
     from generate_series(1, ${size.customers}) i`,

    // Half-hours of the history, each with its orders: lunch and dinner, weekends, slow growth. Orders are
    // numbered in the order of their time, as a real table's are.
    `create temp table half_hours as
     with weights as (
       select h, starts,
         (array[1,0,0,0,0,0, 0,0,0,0,0,0, 0,0,1,2,2,3, 3,3,4,6,10,18,
           24,22,16,9,5,4, 4,4,5,8,13,20, 27,30,28,22,15,10, 7,5,3,2,2,1])[1 + h % 48]
           * (array[8,8,9,10,14,15,11])[extract(isodow from starts)::int]
           * (300 + h / 48)::bigint as weight
       from generate_series(0, ${HISTORY_DAYS * 48 - 1}) h, lateral (select
         ${reference} - interval '${HISTORY_DAYS} days' + h * interval '30 minutes' as starts) half_hour
     ), numbered as (
       select starts, ${share('sum(weight) over (order by h) - weight')} as first,
         ${share('sum(weight) over (order by h)')} as last
       from weights
     )
     select starts, first, last - first as orders from numbered`,

    // The counterpart of popularity().
    `create temp table drafts as
     with shares as (
       select array_agg(upto / total order by r) as upto from (
         select r, sum(1.0::float8 / (r + 5)) over (order by r) as upto,
           sum(1.0::float8 / (r + 5)) over () as total
         from generate_series(1, ${size.restaurants}) r) s
     )
     select i as id, least(1 + width_bucket(pg_temp.u(i, 31), upto), ${size.restaurants}) as restaurant_id,
       1 + floor(pg_temp.u(i, 32) * pg_temp.u(i, 33) * ${size.customers})::int as customer_id,
       starts + (n - 1 + pg_temp.u(i, 34)) / orders * interval '30 minutes' as placed_at,
       1 + floor(4 * pg_temp.u(i, 35) * (0.4 + 0.6 * pg_temp.u(i, 36)))::int
         + (pg_temp.u(i, 37) < 0.4)::int as lines
     from half_hours, generate_series(1, orders) n, lateral (select first + n as i) number, shares`,

    `insert into order_lines
     select d.id, n, m.id, 1 + (pg_temp.u(d.id * 8 + n, 42) < 0.25)::int, m.price_cents
     from drafts d, generate_series(1, d.lines) n,
       lateral (select pg_temp.u(d.id * 8 + n, 41) as u) taste, menu_items m
     where m.id = d.restaurant_id * 1000 + 1 + floor(u * u * (160 + (d.restaurant_id * 37) % 201))::int
     order by d.id, n`,

    `insert into orders
     select d.id, ('00000000-0000-7000-8000-' || lpad(to_hex(d.id), 12, '0'))::uuid, restaurant_id,
       customer_id, case when pg_temp.u(d.id, 51) < 0.7 then 'table' else 'pickup' end,
       case when d.id > ${size.orders - size.openOrders} then 'placed' else 'served' end,
       total_cents, placed_at, placed_at
     from drafts d join (
       select order_id, sum(quantity * price_cents) as total_cents from order_lines group by order_id
     ) t on t.order_id = d.id
     order by d.id;
     select setval(pg_get_serial_sequence('orders', 'id'), ${size.orders})`,

    `insert into order_events
     select id, stage, placed_at + minutes * interval '1 minute'
     from orders, lateral (values ('placed', 0), ('preparing', 4), ('ready', 17)) s(stage, minutes)
     where placed_at >= ${reference} - interval '${EVENT_DAYS} days'
       and (status = 'served' or stage = 'placed')
     order by id, minutes`,

    `insert into payments
     select id, case status when 'served' then 'paid' else 'pending' end,
       case when status = 'served'
         then pg_temp.pick(array['card', 'card', 'cash', 'wallet'], pg_temp.u(id, 61)) end,
       total_cents, case when status = 'served' then placed_at + interval '40 minutes' end
     from orders order by id`,

    // Who did what: an entry for two orders in three.
    `insert into audit_log (id, at, actor, restaurant_id, action, entity_id, detail)
     select n, o.placed_at, 'staff-' || floor(pg_temp.u(n, 71) * 40)::int,
       o.restaurant_id,
       pg_temp.pick(array['order.placed', 'order.paid', 'order.refunded', 'menu.price'], pg_temp.u(n, 72)),
       o.id, jsonb_build_object('total', o.total_cents, 'terminal', floor(pg_temp.u(n, 73) * 9)::int)
     from generate_series(1, ${size.auditRows}) n
     join orders o on o.id = 1 + (n - 1)::bigint * ${size.orders} / ${size.auditRows}
     order by n;
     select setval(pg_get_serial_sequence('audit_log', 'id'), ${size.auditRows})`,

    'drop table drafts, half_hours',
  ];
}

function words(list: readonly string[]): string {
  return `array['${list.join("','")}']`;
}
