import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../../src/cluster/cluster.js';
import { type ServiceHandle, startService } from '../../src/service/start.js';
import { historicalRef, smartmenuSize } from '../../src/workload/smartmenu/size.js';
import { OPERATIONS } from '../../src/workload/smartmenu/statements.js';
import { generateTraffic } from '../../src/workload/smartmenu/traffic.js';
import type { HttpEvent } from '../../src/workload/trace.js';
import { startSmartmenu, withConnection } from '../servers.js';

const options = { scale: 0.02, seed: 1 };
const abort = new AbortController();
const { signal } = abort;

let cluster: Cluster;
let service: ServiceHandle;

beforeAll(async () => {
  cluster = await startSmartmenu(options, 1);
  service = await startService({ ...connections(), signal });
});

afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
});

function connections() {
  return {
    primary: cluster.primary.app,
    replicas: cluster.replicas.map((node) => node.app),
    monitors: { primary: cluster.primary.monitor, replicas: cluster.replicas.map((node) => node.monitor) },
    policy: 'balanced',
    poolSize: 4,
  };
}

function send(
  http: HttpEvent['http'],
  headers: Record<string, string> = {},
  at = service,
): Promise<Response> {
  const { method, path, body } = http;
  return fetch(at.url + path, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

const get = (path: string, headers?: Record<string, string>) => send({ method: 'GET', path }, headers);

function order(change: Record<string, unknown> = {}): HttpEvent['http'] {
  const body = {
    ref: randomUUID(),
    restaurant: 2,
    customer: 3,
    channel: 'table',
    lines: [
      { item: 2001, quantity: 1 },
      { item: 2005, quantity: 2 },
    ],
    ...change,
  };
  return { method: 'POST', path: '/orders', body };
}

const cookieOf = (response: Response) => response.headers.get('set-cookie')?.split(';')[0] ?? '';

describe('every request of the traffic', () => {
  it('is answered as expected, and the statement has run where the answer says', {
    timeout: 60_000,
  }, async () => {
    const before = await service.stats();
    const events = [...generateTraffic({ ...options, ratePerSecond: 60, durationS: 20 })];
    const sessions = new Map<number, string>();
    const nodes = new Map<string, Set<string>>();
    const expected = new Map(OPERATIONS.map((o) => [o.name as string, o]));
    // As fast as it goes, but for sessions, which keep their order because all do.
    for (const event of events) {
      const cookie = sessions.get(event.session);
      const response = await send(event.http, cookie ? { cookie } : {});
      const text = await response.text();
      expect(`${event.operation} ${response.status} ${response.ok ? '' : text}`).toBe(
        `${event.operation} 200 `,
      );
      const { format } = expected.get(event.operation) as { format?: string };
      if (format === 'csv') expect(text).toMatch(/^number,placed_at,/);
      else expect(() => JSON.parse(text)).not.toThrow();
      if (response.headers.has('set-cookie')) sessions.set(event.session, cookieOf(response));
      const node = response.headers.get('x-splitbench-node')!;
      nodes.set(event.category, (nodes.get(event.category) ?? new Set()).add(node));
    }
    expect(new Set(events.map((e) => e.operation))).toEqual(new Set(expected.keys()));
    expect(nodes.get('write')).toEqual(new Set(['primary']));
    expect(nodes.get('realtime')).toEqual(new Set(['primary']));
    expect(nodes.get('analytics')).toEqual(new Set(['replica']));
    expect(nodes.get('read')).toEqual(new Set(['primary', 'replica']));

    const after = await service.stats();
    const answered = (stats: typeof after) => stats.router.requests.reduce((sum, row) => sum + row.ok, 0);
    expect(answered(after) - answered(before)).toBe(events.length);
    expect(after.router).toMatchObject({ misdeclaredWrites: 0, learnedStatements: 0, fallbacks: 0 });
    expect(after.router.requests.filter((row) => row.reason === 'unsafe')).toEqual([]);
    expect(after.warnings).toEqual([]);
  });

  it('says in its statement what it is, for whoever reads the server’s log', async () => {
    await (await get('/restaurants/2/audit')).text();
    const { rows } = await withConnection(cluster.replicas[0]!.monitor, (client) =>
      client.query("select query from pg_stat_activity where application_name = 'smartmenu'"),
    );
    expect(rows.map(({ query }) => query).join()).toContain(
      "/*action='audit',category='read',group='audit'*/",
    );
  });

  it('is one statement: a call in pg_stat_statements each', async () => {
    const admin = new Client(cluster.primary.admin);
    await admin.connect();
    const calls = async () =>
      Number(
        (
          await admin.query(
            // But for where the WAL is, which the router asks for the session's sake.
            `select coalesce(sum(calls), 0) as calls from pg_stat_statements s join pg_roles r on r.oid = s.userid
              where rolname = $1 and query !~ 'pg_current_wal_'`,
            [cluster.primary.app.user],
          )
        ).rows[0].calls,
      );
    const placing = order();
    const { ref } = placing.body as { ref: string };
    const before = await calls();
    await send(placing);
    await get(`/orders/${ref}`);
    await send({ method: 'POST', path: `/orders/${ref}/payment`, body: { method: 'card' } });
    await send({ method: 'PATCH', path: `/orders/${ref}/status`, body: { status: 'ready' } });
    await send({ method: 'PATCH', path: '/items/2001', body: { price: 999 } });
    expect((await calls()) - before).toBe(5);
    await admin.end();
  });
});

describe('an order', () => {
  it('is there when it is read back at once, with its lines and prices', async () => {
    const placing = order();
    const { ref } = placing.body as { ref: string };
    const placed = await send(placing);
    const { total } = (await placed.json()) as { total: number };
    const read = await get(`/orders/${ref}`, { cookie: cookieOf(placed) });
    expect(read.headers.get('x-splitbench-node')).toBe('primary');
    expect(read.headers.get('x-splitbench-reason')).toBe('realtime');
    const back = (await read.json()) as {
      status: string;
      total: number;
      lines: { item: number; quantity: number; price: number }[];
    };
    expect(back).toMatchObject({ ref, status: 'placed', total });
    expect(back.lines.map(({ item, quantity }) => ({ item, quantity }))).toEqual(
      (placing.body as { lines: unknown }).lines,
    );
    expect(back.lines.reduce((sum, line) => sum + line.quantity * line.price, 0)).toBe(total);
  });

  it('changes with the kitchen and the payment', async () => {
    const placing = order();
    const { ref } = placing.body as { ref: string };
    const cookie = cookieOf(await send(placing));
    expect(await (await get(`/orders/${ref}/status`, { cookie })).json()).toMatchObject({
      status: 'placed',
      payment: 'pending',
    });
    await send({ method: 'PATCH', path: `/orders/${ref}/status`, body: { status: 'preparing' } });
    // The payment's own cookie: with the older one, a replica may rightly answer from before the payment.
    const paid = cookieOf(
      await send({ method: 'POST', path: `/orders/${ref}/payment`, body: { method: 'cash' } }, { cookie }),
    );
    expect(await (await get(`/orders/${ref}/status`, { cookie: paid })).json()).toMatchObject({
      status: 'preparing',
      payment: 'paid',
    });
  });

  it('is placed once: a second one with its reference is a conflict', async () => {
    const placing = order();
    expect((await send(placing)).status).toBe(200);
    expect((await send(placing)).status).toBe(409);
  });
});

describe('a session', () => {
  it('gets a cookie when it writes, and never misses with it what it wrote', async () => {
    const placed = await send(order());
    expect(placed.headers.get('set-cookie')).toMatch(
      /^smartmenu_session=\S+; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    let cookie = cookieOf(placed);
    for (let price = 500; price < 520; price++) {
      const changed = await send({ method: 'PATCH', path: '/items/2001', body: { price } }, { cookie });
      cookie = cookieOf(changed);
      const read = await get('/items/2001', { cookie });
      expect(await read.json()).toMatchObject({ price });
      cookie = cookieOf(read);
    }
  });

  it('is remembered although its write failed: it may have been committed', async () => {
    const placing = order();
    await send(placing);
    const conflict = await send(placing);
    expect(conflict.status).toBe(409);
    expect(cookieOf(conflict)).toMatch(/^smartmenu_session=./);
  });

  it('may be carried in a header instead', async () => {
    const changed = await send({ method: 'PATCH', path: '/items/2001', body: { price: 777 } });
    const token = changed.headers.get('x-smartmenu-session')!;
    for (let i = 0; i < 4; i++) {
      const read = await get('/items/2001', { 'x-smartmenu-session': token });
      expect(await read.json()).toMatchObject({ price: 777 });
      expect(read.headers.get('x-smartmenu-session')).not.toBe('');
    }
  });

  it('that never wrote has half of its reads from the replica', async () => {
    const read = async () => (await get('/items/2001')).headers.get('x-splitbench-node');
    // The reads of those before that had to be a replica's are made up for first.
    for (let before = ''; before !== 'replica'; ) before = (await read()) ?? '';
    const nodes: (string | null)[] = [];
    for (let i = 0; i < 10; i++) nodes.push(await read());
    expect(nodes.filter((node) => node === 'replica')).toHaveLength(5);
  });

  it('with a made-up token is one that never wrote, and gets a new one', async () => {
    const read = await get('/items/2001', { cookie: 'smartmenu_session=%00%ff; other=1' });
    expect(read.status).toBe(200);
    expect(cookieOf(read)).toMatch(/^smartmenu_session=2\./);
  });
});

describe('a request that cannot be met', () => {
  it.each([
    ['/orders/00000000-0000-4000-8000-000000000000'],
    ['/orders/00000000-0000-4000-8000-000000000000/status'],
    ['/restaurants/999999/menu'],
    ['/items/999999'],
    ['/history/orders/99999999'],
    ['/nowhere'],
  ])('is a 404: GET %s', async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  it.each([
    ['GET', '/restaurants/abc/menu', undefined],
    ['GET', '/restaurants/0/menu', undefined],
    ['GET', '/restaurants/99999999999/menu', undefined],
    ['GET', '/orders/not-a-reference', undefined],
    ['GET', '/restaurants?city=Atlantis', undefined],
    ['GET', '/restaurants', undefined],
    ['GET', '/search?q=', undefined],
    ['GET', '/search?q=%00', undefined],
    ['GET', '/reports/revenue?days=100000', undefined],
    ['POST', '/orders', {}],
    ['POST', '/orders', { ...(order().body as object), lines: [] }],
    ['POST', '/orders', { ...(order().body as object), lines: [{ item: 2001, quantity: 0 }] }],
    ['POST', '/orders', { ...(order().body as object), channel: "x'; drop table orders" }],
    ['POST', '/orders', { ...(order().body as object), customer: 1_000_000 }],
    ['PATCH', `/orders/${historicalRef(1)}/status`, { status: 'placed' }],
    ['PATCH', '/items/2001', { price: -1 }],
  ] as ['GET' | 'POST' | 'PATCH', string, unknown][])(
    'is a 400 in words: %s %s',
    async (method, path, body) => {
      const response = await send({ method, path, body });
      expect(response.status).toBe(400);
      const { error } = (await response.json()) as { error: string };
      expect(error).not.toMatch(/select|insert|\$1|constraint|relation/i);
    },
  );

  it('is a 400 if it is no JSON', async () => {
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(`${service.url}/orders`, { method: 'POST', headers, body: '{"ref":' })).status).toBe(
      400,
    );
  });

  it('places nothing if an item is not on the menu', async () => {
    const placing = order({
      lines: [
        { item: 2001, quantity: 1 },
        { item: 3001, quantity: 1 },
      ],
    });
    expect((await send(placing)).status).toBe(404);
    expect((await get(`/orders/${(placing.body as { ref: string }).ref}`)).status).toBe(404);
  });

  it('takes any text as a search, whatever it means to the server', async () => {
    for (const q of ["o'brien -", '"open', ':* & | !', '100% _', '🍜']) {
      const response = await get(`/search?q=${encodeURIComponent(q)}`);
      expect(response.status).toBe(200);
      expect(Array.isArray(await response.json())).toBe(true);
    }
  });
});

describe('the process', () => {
  it('tells its counters, its CPU and its memory, and that it is there', async () => {
    const stats = await service.stats();
    expect(stats.cpuSeconds).toBeGreaterThan(0);
    expect(stats.rssBytes).toBeGreaterThan(1e7);
    expect(stats.router.policy).toBe('balanced');
    expect(stats.router.pools.map((pool) => pool.node)).toEqual(['primary', 'replica']);
    expect(await (await get('/-/health')).json()).toEqual({ ok: true });
  });

  it('ends when it is disposed of', async () => {
    const other = await startService({ ...connections(), replicas: [], signal });
    expect(
      (await send({ method: 'GET', path: '/items/2001' }, {}, other)).headers.get('x-splitbench-node'),
    ).toBe('primary');
    await other[Symbol.asyncDispose]();
    expect(isAlive(other.pid)).toBe(false);
  });

  it('ends at once when the bench is interrupted', async () => {
    const interrupt = new AbortController();
    const other = await startService({ ...connections(), signal: interrupt.signal });
    interrupt.abort();
    // Less than one that ends by itself may take.
    await expect.poll(() => isAlive(other.pid), { timeout: 3000 }).toBe(false);
    await other[Symbol.asyncDispose]();
  });

  it('says in one sentence that it cannot start, and leaves nothing behind', async () => {
    const nobody = { ...cluster.primary.app, port: 1 };
    await expect(
      startService({ ...connections(), primary: nobody, monitors: undefined, signal }),
    ).rejects.toMatchObject({
      code: 'SERVICE_START',
      message: expect.stringMatching(/^The SmartMenu service did not start: .*ECONNREFUSED/),
    });
    await expect(startService({ ...connections(), policy: 'nonsense', signal })).rejects.toThrow(/nonsense/);
  });
});

describe('without its database', () => {
  it('is a 503, and a read of the replica falls back before', async () => {
    const { orders } = smartmenuSize(options.scale);
    const [primary, replica] = [cluster.primary, cluster.replicas[0]!];
    process.kill(replica.pid!, 'SIGINT');
    await expect
      .poll(async () => (await get(`/history/orders/${orders}`)).headers.get('x-splitbench-fallback'), {
        timeout: 10_000,
      })
      .toBe('1');
    expect((await get(`/history/orders/${orders}`)).status).toBe(200);
    expect((await service.stats()).router.fallbacks).toBeGreaterThan(0);
    expect((await service.stats()).warnings.map((warning) => warning.node)).toContain('replica');

    process.kill(primary.pid!, 'SIGINT');
    await expect.poll(() => isAlive(primary.pid!), { timeout: 20_000 }).toBe(false);
    // Each waits for as long as a primary may be away.
    const refused = await Promise.all([get('/items/2001'), send(order())]);
    expect(refused.map(({ status }) => status)).toEqual([503, 503]);
    expect((await get('/-/health')).status).toBe(200);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
