import { type Random, random } from '../../machine/pure.js';
import { type HttpEvent, TRACE_SCHEMA, type TraceHeader } from '../trace.js';
import { historicalRef, itemId, menuLength, popularity, type SmartmenuSize, smartmenuSize } from './size.js';
import { type Request, request } from './statements.js';
import { CITIES, MAINS, SIDES, STYLES } from './vocabulary.js';

export interface TrafficOptions {
  seed: number;
  /** Scale of the data set that the traffic is for. */
  scale: number;
  /** Requests per second, on average and from the first second to the last. */
  ratePerSecond: number;
  durationS: number;
}

/**
 * How many of each kind of session begin per 1000 requests. With what each session sends (see the functions
 * below), 1000 requests are made of
 *
 *   writes     210   50 orders placed, 50 paid, 100 kitchen updates, 10 price changes
 *   realtime    50   each order read back at once
 *   analytics    5   reports and exports: half a per cent of the requests, a third of the work
 *   reads      735   menus, items and search 387, order status 150, kitchen boards 50, history 60, audit 20,
 *                    jobs 20, caching 40, admin and development 8
 *
 * Of the 790 that don't write, 145 (18 %) are history, audit, jobs, caching and analytics: worth moving
 * whole. A policy that moves these and every second of the 595 plain ones takes (145 + 595 / 2) / 790 = 56 % of the
 * reads off the primary.
 */
const SESSIONS_PER_1000_REQUESTS = {
  diner: 50, // sends 10 requests itself, and has the kitchen send 3
  browser: 187 / 7,
  pastCustomer: 20,
  report: 5,
  auditor: 20,
  job: 20,
  cacheWarmer: 40,
  priceChange: 10,
  lookup: 8,
};

/**
 * No session lasts longer: beginning this long before the trace does makes its first second like any other.
 */
const LONGEST_SESSION_S = 60;

/**
 * Kitchen stations and office desks send through all of the trace: few enough requests each that none waits
 * for itself.
 */
const UPDATES_PER_STATION_S = 0.1;
const REQUESTS_PER_DESK_S = 0.2;

/**
 * A request of a session at a time, in seconds. A number names a session of the whole trace, such as a
 * kitchen's.
 */
interface Step {
  atS: number;
  request: Request;
  session: number | 'own';
}

/** The beginning of a session: the n-th of its kind, and the random numbers that are its own. */
interface Arrival {
  n: number;
  atS: number;
  rng: Random;
}

/** A kind of session: how often one begins, and what it sends. */
interface Kind {
  perSecond: number;
  play(arrival: Arrival): Step[];
}

/** First line of the trace of {@link generateTraffic}. */
export function trafficHeader(options: TrafficOptions): TraceHeader {
  const { seed, scale, ratePerSecond, durationS } = options;
  return {
    schema: TRACE_SCHEMA,
    kind: 'http',
    workload: 'smartmenu',
    meta: { seed, scale, ratePerSecond, durationS },
  };
}

/**
 * The requests of SmartMenu's users over `durationS` seconds, in the order of their time. Pure: the same
 * options give the same events. Real diners take an hour over what these do in a minute; the requests and
 * their order are theirs.
 *
 * Sessions of each kind begin at random within equal slots, one a slot. With many kinds and think times that
 * looks like Poisson arrivals from second to second, while every few seconds get the same work: a short run
 * is no lottery.
 */
export function* generateTraffic(options: TrafficOptions): Generator<HttpEvent> {
  const { seed, durationS } = options;
  const { kinds, firstOwnSession } = cast(options);
  const queues = kinds.map((kind, k) => arrivals(kind, seed, k + 1));
  const seconds = new Map<number, HttpEvent[]>();
  let ownSessions = firstOwnSession;
  for (let second = -LONGEST_SESSION_S; second < durationS; second++) {
    for (const queue of queues) {
      for (const steps of queue(second + 1)) {
        let own: number | undefined;
        for (const step of steps) {
          const dueUs = Math.floor(step.atS * 1e6);
          if (dueUs < 0 || dueUs >= durationS * 1e6) continue;
          if (step.session === 'own') own ??= ownSessions++;
          const session = step.session === 'own' ? own! : step.session;
          const bucket = Math.floor(dueUs / 1e6);
          if (!seconds.has(bucket)) seconds.set(bucket, []);
          seconds.get(bucket)!.push({ dueUs, session, ...step.request });
        }
      }
    }
    yield* (seconds.get(second) ?? []).sort((a, b) => a.dueUs - b.dueUs || a.session - b.session);
    seconds.delete(second);
  }
}

/**
 * A queue of one kind's sessions: each call plays those that begin before a time and haven't been played yet.
 */
function arrivals(kind: Kind, seed: number, stream: number) {
  let n = 0;
  let rng = random(seed, stream, n);
  const start = () => -LONGEST_SESSION_S + (n + rng.next()) / kind.perSecond;
  let next = start();
  return function* (beforeS: number): Generator<Step[]> {
    while (next < beforeS) {
      yield kind.play({ n, atS: next, rng });
      rng = random(seed, stream, ++n);
      next = start();
    }
  };
}

/** All kinds of sessions, for a rate and a data set. */
function cast({ scale, ratePerSecond }: TrafficOptions): { kinds: Kind[]; firstOwnSession: number } {
  const perSecond = (kind: keyof typeof SESSIONS_PER_1000_REQUESTS) =>
    (SESSIONS_PER_1000_REQUESTS[kind] * ratePerSecond) / 1000;
  const chain = new Chain(scale, 2 * perSecond('diner'));
  const { size } = chain;
  let sessions = chain.stations;

  /** Single requests that a few desks send in turn, each a session of its own. */
  const desks = (
    kind: keyof typeof SESSIONS_PER_1000_REQUESTS,
    ask: (rng: Random, n: number) => Request,
  ): Kind => {
    const first = sessions + 1;
    const count = Math.ceil(perSecond(kind) / REQUESTS_PER_DESK_S);
    sessions += count;
    return {
      perSecond: perSecond(kind),
      play: ({ n, atS, rng }) => [{ atS, request: ask(rng, n), session: first + (n % count) }],
    };
  };
  const kinds: Kind[] = [
    { perSecond: perSecond('diner'), play: (arrival) => diner(chain, arrival) },
    { perSecond: perSecond('browser'), play: (arrival) => browser(chain, arrival) },
    { perSecond: perSecond('pastCustomer'), play: (arrival) => pastCustomer(chain, arrival) },
    desks('report', (_, n) => report(n, size)),
    desks('auditor', (rng) => request('audit', { restaurant: chain.restaurant(rng) })),
    desks('job', (rng, n) =>
      n % 2 === 0
        ? request('job.stalled-orders', { restaurant: chain.restaurant(rng) })
        : request('job.loyalty', { customer: 1 + rng.below(size.customers) }),
    ),
    desks('cacheWarmer', (rng, n) =>
      request(n % 4 === 3 ? 'cache.popular' : 'cache.menu', { restaurant: chain.restaurant(rng) }),
    ),
    desks('priceChange', (rng) =>
      request('menu.price', { item: anItem(rng, chain.restaurant(rng)), price: 350 + 50 * rng.below(50) }),
    ),
    desks('lookup', (rng, n) =>
      n % 4 === 3
        ? request('dev.sample', { number: 1 + rng.below(size.orders) })
        : request('admin.restaurant', { restaurant: chain.restaurant(rng) }),
    ),
  ];
  return { kinds, firstOwnSession: sessions + 1 };
}

/**
 * Someone who orders: looks around, orders, reads the order back at once, watches its status, pays, sees the
 * receipt. Ten requests of their own, and three of the kitchen: a look at the board and two updates.
 */
function diner(chain: Chain, { n, atS, rng }: Arrival): Step[] {
  const { size } = chain;
  const restaurant = chain.restaurant(rng);
  const steps: Step[] = [];
  let t = atS;
  const send = (request: Request) => steps.push({ atS: t, request, session: 'own' });
  const think = (from: number, to: number) => {
    t += rng.between(from, to);
  };
  send(lookAround(rng, size));
  think(1.5, 4);
  send(request('menu', { restaurant }));
  for (let looks = 1 + rng.below(3); looks > 0; looks--) {
    think(1.5, 5);
    send(request('item', { item: anItem(rng, restaurant) }));
  }
  think(2, 6);

  // An order from before the trace begins is one of those that the data set has open.
  const ref = t >= 0 ? rng.uuid() : historicalRef(size.orders - (n % size.openOrders));
  const lines = Array.from({ length: 1 + rng.below(2) + rng.below(3) }, () => ({
    item: anItem(rng, restaurant),
    quantity: 1 + (rng.next() < 0.25 ? 1 : 0),
  }));
  const channel = rng.next() < 0.7 ? 'table' : 'pickup';
  send(request('order.place', { ref, restaurant, customer: chain.customer(rng), channel, lines }));
  const placedS = t;
  t += 0.25; // the page after the order form opens
  send(request('order.confirm', { ref }));
  for (let polls = 1 + rng.below(3); polls > 0; polls--) {
    think(4, 6);
    send(request('order.status', { ref }));
  }
  think(3, 6);
  send(request('order.pay', { ref, method: rng.pick(['card', 'card', 'wallet', 'cash']) }));
  t += 1;
  send(request('order.status', { ref }));

  const session = chain.station(restaurant, rng);
  t = placedS;
  const cook = (request: Request) => steps.push({ atS: t, request, session });
  think(3, 8);
  cook(request('kitchen.board', { restaurant }));
  think(0.8, 2.5);
  cook(request('kitchen.update', { ref, status: 'preparing' }));
  think(6, 14);
  cook(request('kitchen.update', { ref, status: 'ready' }));
  return steps;
}

/** Someone who only looks: seven requests. */
function browser(chain: Chain, { atS, rng }: Arrival): Step[] {
  const steps: Step[] = [];
  let t = atS;
  const send = (request: Request) => {
    steps.push({ atS: t, request, session: 'own' });
    t += rng.between(1.5, 7);
  };
  send(lookAround(rng, chain.size));
  for (let visits = 0; visits < 2; visits++) {
    const restaurant = chain.restaurant(rng);
    send(request('menu', { restaurant }));
    send(request('item', { item: anItem(rng, restaurant) }));
    if (rng.next() < 0.5) send(request('search', { q: words(rng) }));
    else send(request('item', { item: anItem(rng, restaurant) }));
  }
  return steps;
}

/** Someone who looks through their past orders: the list, and two of them. */
function pastCustomer(chain: Chain, { atS, rng }: Arrival): Step[] {
  const second = atS + rng.between(2, 6);
  const third = second + rng.between(2, 8);
  const past = () => request('history.order', { number: 1 + rng.below(chain.size.orders) });
  return [
    { atS, request: request('history', { customer: chain.customer(rng) }), session: 'own' },
    { atS: second, request: past(), session: 'own' },
    { atS: third, request: past(), session: 'own' },
  ];
}

/** Managers' reports, in turn by kind, city and restaurant, so that any few seconds hold the same work. */
function report(n: number, size: SmartmenuSize): Request {
  const turn = Math.floor(n / 4);
  // The larger restaurants; the step of 7 mixes the largest and the others.
  const restaurant = 1 + ((turn * 7) % Math.min(15, size.restaurants));
  switch (n % 4) {
    case 0:
      return request('report.revenue', { days: 14 });
    case 1:
      return request('report.usage', { restaurant, days: 45 });
    case 2:
      return request('report.hours', {
        city: CITIES[turn % Math.min(CITIES.length, size.restaurants)],
        days: 30,
      });
    default:
      return request('export.orders', { restaurant, days: 30 });
  }
}

function lookAround(rng: Random, size: SmartmenuSize): Request {
  return rng.next() < 0.6
    ? request('restaurants', { city: CITIES[rng.below(Math.min(CITIES.length, size.restaurants))] })
    : request('search', { q: words(rng) });
}

/** Half of the searches are one word: they find much, and cost accordingly. */
function words(rng: Random): string {
  const dish = rng.pick(MAINS);
  const how = rng.next();
  if (how < 0.5) return dish;
  return how < 0.75 ? `${rng.pick(STYLES)} ${dish}` : `${dish} ${rng.pick(SIDES)}`;
}

/** Dishes near the top of a menu are asked for more often. */
function anItem(rng: Random, restaurant: number): number {
  return itemId(restaurant, 1 + Math.floor(rng.next() * rng.next() * menuLength(restaurant)));
}

/** The restaurants, their kitchens and their customers, as a data set has them. */
class Chain {
  readonly size: SmartmenuSize;
  /** Kitchen stations of all restaurants; sessions 1 to this are theirs. */
  readonly stations: number;
  /** Sum of the popularities of restaurants 1 to n, at index n. */
  readonly #weightUpTo = [0];
  /** First station of restaurant n, at index n - 1. Busy kitchens have more stations. */
  readonly #firstStation = [1];

  constructor(scale: number, updatesPerSecond: number) {
    this.size = smartmenuSize(scale);
    for (let r = 1; r <= this.size.restaurants; r++) {
      this.#weightUpTo.push(this.#weightUpTo[r - 1]! + popularity(r));
    }
    for (let r = 1; r <= this.size.restaurants; r++) {
      const updates = (updatesPerSecond * popularity(r)) / this.#weightUpTo.at(-1)!;
      this.#firstStation.push(this.#firstStation[r - 1]! + Math.ceil(updates / UPDATES_PER_STATION_S));
    }
    this.stations = this.#firstStation.at(-1)! - 1;
  }

  /** A restaurant, drawn by its popularity. */
  restaurant(rng: Random): number {
    const at = rng.next() * this.#weightUpTo.at(-1)!;
    return this.#weightUpTo.findIndex((weight) => weight > at);
  }

  /** The session of one of a restaurant's kitchen stations. */
  station(restaurant: number, rng: Random): number {
    const first = this.#firstStation[restaurant - 1]!;
    return first + rng.below(this.#firstStation[restaurant]! - first);
  }

  /** Some customers come often. */
  customer(rng: Random): number {
    return 1 + Math.floor(rng.next() * rng.next() * this.size.customers);
  }
}
