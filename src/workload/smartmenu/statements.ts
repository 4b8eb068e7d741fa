import type { Category } from '../../record/pure.js';
import type { HttpEvent, HttpMethod, Priority } from '../trace.js';
import { REFERENCE_DATE } from './size.js';

/**
 * One operation of the SmartMenu service: a route, and the one statement behind it.
 *
 * Every statement answers at most one row with one column, `body`: the JSON document (or CSV file) that the
 * client gets, made by the server as PostgREST does it. No row means that there is no such thing: 404. Writes
 * are single statements too, with data-modifying CTEs, so a request is one call in pg_stat_statements,
 * whatever it does.
 */
export interface Operation {
  /** Also the name of the prepared statement. */
  name: string;
  category: Category;
  /** The finer rule of the routing policy that it falls under. */
  group: keyof typeof GROUPS;
  /** Inputs that come in the path are there by their `:name`; the others come in the query, or in the body of a write. */
  route: `${HttpMethod} /${string}`;
  /** In the order of $1, $2... */
  inputs: readonly string[];
  /** Default `json`. */
  format?: 'csv';
  sql: string;
}

/** How worth moving to a replica the reads of each group are. */
const GROUPS = {
  menu: 'high',
  orders: 'low',
  kitchen: 'low',
  analytics: 'high',
  history: 'medium',
  audit: 'medium',
  jobs: 'high',
  caching: 'medium',
  admin: 'low',
  development: 'low',
} as const satisfies Record<string, Priority>;

const TODAY = `timestamptz '${REFERENCE_DATE} 00:00:00+00'`;

/** Orders `o` of the days before the reference date. */
const lastDays = (days: string) =>
  `o.placed_at >= ${TODAY} - ${days}::int * interval '1 day' and o.placed_at < ${TODAY}`;

/** Menu document of restaurant $1. */
const MENU = `
  select json_build_object('restaurant', r.id, 'name', r.name, 'cuisine', r.cuisine, 'items', (
    select json_agg(json_build_object('id', i.id, 'section', i.section, 'name', i.name,
      'description', i.description, 'price', i.price_cents, 'available', i.available) order by i.id)
    from menu_items i where i.restaurant_id = r.id))::text as body
  from restaurants r where r.id = $1`;

/** Document of order `o`, with its lines. */
const ORDER = `
  json_build_object('ref', o.ref, 'number', o.id, 'restaurant', o.restaurant_id, 'status', o.status,
    'total', o.total_cents, 'placedAt', o.placed_at, 'lines', (
      select json_agg(json_build_object('item', l.item_id, 'name', i.name, 'quantity', l.quantity,
        'price', l.price_cents) order by l.line_no)
      from order_lines l join menu_items i on i.id = l.item_id where l.order_id = o.id))::text`;

export const OPERATIONS = [
  // --- reading menus ---------------------------------------------------------------------------------------
  {
    name: 'restaurants',
    category: 'read',
    group: 'menu',
    route: 'GET /restaurants',
    inputs: ['city'],
    sql: `
      select coalesce(json_agg(json_build_object('id', id, 'name', name, 'cuisine', cuisine, 'waiting', (
        select count(*) from orders o where o.restaurant_id = r.id and o.status in ('placed', 'preparing')))
        order by id), '[]')::text as body
      from restaurants r where city = $1::text`,
  },
  {
    name: 'menu',
    category: 'read',
    group: 'menu',
    route: 'GET /restaurants/:restaurant/menu',
    inputs: ['restaurant'],
    sql: MENU,
  },
  {
    name: 'item',
    category: 'read',
    group: 'menu',
    route: 'GET /items/:item',
    inputs: ['item'],
    sql: `
      select json_build_object('id', i.id, 'name', i.name, 'description', i.description, 'section', i.section,
        'price', i.price_cents, 'available', i.available, 'restaurant', r.name, 'city', r.city)::text as body
      from menu_items i join restaurants r on r.id = i.restaurant_id where i.id = $1`,
  },
  {
    name: 'search',
    category: 'read',
    group: 'menu',
    route: 'GET /search',
    inputs: ['q'],
    sql: `
      select coalesce(json_agg(json_build_object('id', id, 'name', name, 'restaurant', restaurant_id,
        'price', price_cents) order by rank desc, id), '[]')::text as body
      from (
        select id, name, restaurant_id, price_cents, ts_rank(search, query) as rank
        from menu_items, websearch_to_tsquery('english', $1::text) query
        where search @@ query and available
        order by rank desc, id limit 20) found`,
  },

  // --- ordering --------------------------------------------------------------------------------------------
  {
    name: 'order.place',
    category: 'write',
    group: 'orders',
    route: 'POST /orders',
    inputs: ['ref', 'restaurant', 'customer', 'channel', 'lines'],
    // Nothing is placed if one of the items isn't on the restaurant's menu.
    sql: `
      with cart as (
        select c.line_no, c.quantity, i.id as item_id, i.price_cents
        from rows from (json_to_recordset($5::json) as (item int, quantity int))
          with ordinality c(item, quantity, line_no)
        join menu_items i on i.id = c.item and i.restaurant_id = $2
      ), placed as (
        insert into orders
          (ref, restaurant_id, customer_id, channel, status, total_cents, placed_at, updated_at)
        select $1::uuid, $2, $3, $4::text, 'placed', sum(quantity * price_cents), now(), now()
        from cart having count(*) = json_array_length($5::json)
        returning id, ref, restaurant_id, status, total_cents
      ), lines as (
        insert into order_lines (order_id, line_no, item_id, quantity, price_cents)
        select placed.id, line_no, item_id, quantity, price_cents from placed, cart
      ), event as (
        insert into order_events (order_id, status, at) select id, status, now() from placed
      ), payment as (
        insert into payments (order_id, status, amount_cents) select id, 'pending', total_cents from placed
      ), audit as (
        insert into audit_log (at, actor, restaurant_id, action, entity_id, detail)
        select now(), 'customer-' || $3, restaurant_id, 'order.placed', id,
          json_build_object('total', total_cents)::jsonb
        from placed
      )
      select json_build_object('ref', ref, 'number', id, 'status', status, 'total', total_cents)::text as body
      from placed`,
  },
  {
    name: 'order.confirm',
    category: 'realtime',
    group: 'orders',
    route: 'GET /orders/:ref',
    inputs: ['ref'],
    sql: `select ${ORDER} as body from orders o where o.ref = $1`,
  },
  {
    name: 'order.status',
    category: 'read',
    group: 'orders',
    route: 'GET /orders/:ref/status',
    inputs: ['ref'],
    sql: `
      select json_build_object('ref', o.ref, 'status', o.status, 'updatedAt', o.updated_at,
        'payment', p.status)::text as body
      from orders o join payments p on p.order_id = o.id where o.ref = $1`,
  },
  {
    name: 'order.pay',
    category: 'write',
    group: 'orders',
    route: 'POST /orders/:ref/payment',
    inputs: ['ref', 'method'],
    sql: `
      with paid as (
        update payments p set status = 'paid', method = $2::text, paid_at = now()
        from orders o where o.ref = $1 and p.order_id = o.id
        returning o.id, o.ref, o.restaurant_id, p.amount_cents
      ), audit as (
        insert into audit_log (at, actor, restaurant_id, action, entity_id, detail)
        select now(), 'terminal', restaurant_id, 'order.paid', id,
          json_build_object('total', amount_cents, 'method', $2)::jsonb
        from paid
      )
      select json_build_object('ref', ref, 'payment', 'paid', 'total', amount_cents)::text as body from paid`,
  },

  // --- kitchen and menu upkeep -----------------------------------------------------------------------------
  {
    name: 'kitchen.board',
    category: 'read',
    group: 'kitchen',
    route: 'GET /restaurants/:restaurant/kitchen',
    inputs: ['restaurant'],
    sql: `
      select coalesce(json_agg(json_build_object('ref', ref, 'status', status, 'placedAt', placed_at)
        order by placed_at desc), '[]')::text as body
      from (
        select ref, status, placed_at from orders
        where restaurant_id = $1 and status in ('placed', 'preparing')
        order by placed_at desc limit 20) open`,
  },
  {
    name: 'kitchen.update',
    category: 'write',
    group: 'kitchen',
    route: 'PATCH /orders/:ref/status',
    inputs: ['ref', 'status'],
    sql: `
      with updated as (
        update orders set status = $2::text, updated_at = now() where ref = $1 returning id, ref, status
      ), event as (
        insert into order_events (order_id, status, at) select id, status, now() from updated
      )
      select json_build_object('ref', ref, 'status', status)::text as body from updated`,
  },
  {
    name: 'menu.price',
    category: 'write',
    group: 'menu',
    route: 'PATCH /items/:item',
    inputs: ['item', 'price'],
    sql: `
      with priced as (
        update menu_items set price_cents = $2 where id = $1 returning id, restaurant_id, price_cents
      ), audit as (
        insert into audit_log (at, actor, restaurant_id, action, entity_id, detail)
        select now(), 'manager', restaurant_id, 'menu.price', id,
          json_build_object('price', price_cents)::jsonb
        from priced
      )
      select json_build_object('id', id, 'price', price_cents)::text as body from priced`,
  },

  // --- looking back ----------------------------------------------------------------------------------------
  {
    name: 'history',
    category: 'read',
    group: 'history',
    route: 'GET /customers/:customer/orders',
    inputs: ['customer'],
    sql: `
      select coalesce(json_agg(json_build_object('number', id, 'ref', ref, 'restaurant', name,
        'status', status, 'total', total_cents, 'placedAt', placed_at) order by placed_at desc), '[]')::text as body
      from (
        select o.id, o.ref, r.name, o.status, o.total_cents, o.placed_at
        from orders o join restaurants r on r.id = o.restaurant_id
        where o.customer_id = $1 order by o.placed_at desc limit 20) past`,
  },
  {
    name: 'history.order',
    category: 'read',
    group: 'history',
    route: 'GET /history/orders/:number',
    inputs: ['number'],
    sql: `select ${ORDER} as body from orders o where o.id = $1`,
  },
  {
    name: 'audit',
    category: 'read',
    group: 'audit',
    route: 'GET /restaurants/:restaurant/audit',
    inputs: ['restaurant'],
    sql: `
      select coalesce(json_agg(json_build_object('at', at, 'actor', actor, 'action', action,
        'entity', entity_id, 'detail', detail) order by at desc), '[]')::text as body
      from (
        select at, actor, action, entity_id, detail from audit_log
        where restaurant_id = $1 order by at desc limit 50) latest`,
  },

  // --- reports: few, and heavy -----------------------------------------------------------------------------
  {
    name: 'report.revenue',
    category: 'analytics',
    group: 'analytics',
    route: 'GET /reports/revenue',
    inputs: ['days'],
    // The whole chain by day and city.
    sql: `
      select coalesce(json_agg(json_build_object('day', day, 'city', city, 'orders', orders, 'pickup', pickup,
        'revenue', revenue, 'largest', largest) order by day, city), '[]')::text as body
      from (
        select (o.placed_at at time zone 'UTC')::date as day, r.city, count(*) as orders,
          count(*) filter (where o.channel = 'pickup') as pickup, sum(o.total_cents) as revenue,
          max(o.total_cents) as largest
        from orders o join restaurants r on r.id = o.restaurant_id
        where ${lastDays('$1')}
        group by day, r.city) days`,
  },
  {
    name: 'report.hours',
    category: 'analytics',
    group: 'analytics',
    route: 'GET /reports/hours',
    inputs: ['city', 'days'],
    // How busy a city's restaurants are by weekday and hour.
    sql: `
      select coalesce(json_agg(json_build_object('weekday', weekday, 'hour', hour, 'orders', orders,
        'customers', customers, 'median', median) order by weekday, hour), '[]')::text as body
      from (
        select extract(isodow from o.placed_at at time zone 'UTC') as weekday,
          extract(hour from o.placed_at at time zone 'UTC') as hour, count(*) as orders,
          count(distinct o.customer_id) as customers,
          percentile_disc(0.5) within group (order by o.total_cents) as median
        from orders o join restaurants r on r.id = o.restaurant_id
        where r.city = $1::text and ${lastDays('$2')}
        group by weekday, hour) hours`,
  },
  {
    name: 'report.usage',
    category: 'analytics',
    group: 'analytics',
    route: 'GET /reports/usage',
    inputs: ['restaurant', 'days'],
    // What a restaurant sells, dish by dish.
    sql: `
      select coalesce(json_agg(json_build_object('item', name, 'orders', orders, 'quantity', quantity,
        'revenue', revenue) order by revenue desc, id), '[]')::text as body
      from (
        select i.id, i.name, count(*) as orders, sum(l.quantity) as quantity,
          sum(l.quantity * l.price_cents) as revenue
        from orders o
        join order_lines l on l.order_id = o.id
        join menu_items i on i.id = l.item_id
        where o.restaurant_id = $1 and ${lastDays('$2')}
        group by i.id) items`,
  },
  {
    name: 'export.orders',
    category: 'analytics',
    group: 'analytics',
    route: 'GET /exports/orders',
    inputs: ['restaurant', 'days'],
    format: 'csv',
    sql: `
      select 'number,placed_at,channel,item,quantity,price' || chr(10) || coalesce(string_agg(
        format('%s,%s,%s,%s,%s,%s', o.id, to_char(o.placed_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'),
          o.channel, i.name, l.quantity, l.price_cents),
        chr(10) order by o.placed_at, o.id, l.line_no), '') as body
      from orders o
      join order_lines l on l.order_id = o.id
      join menu_items i on i.id = l.item_id
      where o.restaurant_id = $1 and ${lastDays('$2')}`,
  },

  // --- back office -----------------------------------------------------------------------------------------
  {
    name: 'cache.menu',
    category: 'read',
    group: 'caching',
    route: 'GET /cache/menus/:restaurant',
    inputs: ['restaurant'],
    sql: MENU,
  },
  {
    name: 'cache.popular',
    category: 'read',
    group: 'caching',
    route: 'GET /cache/popular/:restaurant',
    inputs: ['restaurant'],
    sql: `
      select coalesce(json_agg(json_build_object('id', id, 'name', name, 'sold', sold)
        order by sold desc, id), '[]')::text as body
      from (
        select i.id, i.name, sum(l.quantity) as sold
        from (select id from orders where restaurant_id = $1 order by placed_at desc limit 60) o
        join order_lines l on l.order_id = o.id
        join menu_items i on i.id = l.item_id
        group by i.id, i.name order by sold desc, i.id limit 10) popular`,
  },
  {
    name: 'job.stalled-orders',
    category: 'read',
    group: 'jobs',
    route: 'GET /jobs/stalled-orders/:restaurant',
    inputs: ['restaurant'],
    sql: `
      select coalesce(json_agg(json_build_object('number', id, 'placedAt', placed_at)
        order by placed_at), '[]')::text as body
      from (
        select id, placed_at from orders
        where restaurant_id = $1 and status in ('placed', 'preparing')
          and placed_at < now() - interval '20 minutes'
        order by placed_at limit 50) stalled`,
  },
  {
    name: 'job.loyalty',
    category: 'read',
    group: 'jobs',
    route: 'GET /jobs/loyalty/:customer',
    inputs: ['customer'],
    // A batch of 25 customers, beginning with $1.
    sql: `
      select coalesce(json_agg(json_build_object('customer', id, 'points', points)
        order by id), '[]')::text as body
      from (
        select c.id, coalesce(sum(o.total_cents) / 100, 0) as points
        from customers c
        left join orders o on o.customer_id = c.id and o.placed_at >= ${TODAY} - interval '90 days'
        where c.id >= $1 and c.id < $1 + 25 group by c.id) batch`,
  },
  {
    name: 'admin.restaurant',
    category: 'read',
    group: 'admin',
    route: 'GET /admin/restaurants/:restaurant',
    inputs: ['restaurant'],
    sql: `
      select json_build_object('id', r.id, 'name', r.name, 'city', r.city, 'opened', r.opened_on,
        'items', (select count(*) from menu_items i where i.restaurant_id = r.id),
        'lastOrder', (select max(o.placed_at) from orders o where o.restaurant_id = r.id))::text as body
      from restaurants r where r.id = $1`,
  },
  {
    name: 'dev.sample',
    category: 'read',
    group: 'development',
    route: 'GET /dev/sample-orders/:number',
    inputs: ['number'],
    // Twenty orders from a number on, as test data.
    sql: `
      select coalesce(json_agg(json_build_object('restaurant', restaurant_id, 'channel', channel,
        'total', total_cents) order by id), '[]')::text as body
      from orders where id >= $1 and id < $1 + 20`,
  },
] as const satisfies readonly Operation[];

export type OperationName = (typeof OPERATIONS)[number]['name'];
export type InputName = (typeof OPERATIONS)[number]['inputs'][number];

/** A request of the SmartMenu API, not yet placed in time or given to a session. */
export type Request = Omit<HttpEvent, 'dueUs' | 'session'>;

const operations = new Map<string, Operation>(OPERATIONS.map((operation) => [operation.name, operation]));

/** The request that runs an operation: inputs named in its path go there, the others in the query or the body. */
export function request(name: OperationName, inputs: Record<string, unknown>): Request {
  const operation = operations.get(name)!;
  const { category, group } = operation;
  const { method, path: pattern } = routeOf(operation);
  const rest = { ...inputs };
  const path = pattern.replace(/:(\w+)/g, (_, input: string) => {
    delete rest[input];
    return encodeURIComponent(String(inputs[input]));
  });
  const query = method === 'GET' ? `${new URLSearchParams(rest as Record<string, string>)}` : '';
  return {
    category,
    // A write moves nowhere; its word is part of the bytes that a trace is known by.
    priority: category === 'write' ? 'high' : GROUPS[group],
    operation: name,
    http: { method, path: query ? `${path}?${query}` : path, ...(method !== 'GET' && { body: rest }) },
  };
}

/** The two halves of an operation's route. */
export function routeOf({ route }: Operation): { method: HttpMethod; path: string } {
  const [method, path] = route.split(' ') as [HttpMethod, string];
  return { method, path };
}
