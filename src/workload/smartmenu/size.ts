/**
 * How large the SmartMenu data set is. Loader and traffic model both work from these numbers, so that the
 * traffic names only rows that exist.
 */
export interface SmartmenuSize {
  restaurants: number;
  customers: number;
  orders: number;
  /** The newest orders, which are still open: orders that were placed just before the traffic begins. */
  openOrders: number;
  auditRows: number;
}

/** @param scale 1 is a chain of 300 restaurants with 90 days of orders; fractions are for tests */
export function smartmenuSize(scale: number): SmartmenuSize {
  const of = (full: number, least: number) => Math.max(least, Math.round(full * scale));
  return {
    restaurants: of(300, 6),
    customers: of(40_000, 100),
    orders: of(300_000, 2_000),
    openOrders: of(3_000, 60),
    auditRows: of(200_000, 1_000),
  };
}

/** The disk that the data set takes, in bytes, beside that of an empty server. */
export function smartmenuBytes(scale: number): number {
  return 235e6 * scale;
}

/** Historical orders fill this many days before {@link REFERENCE_DATE}. */
export const HISTORY_DAYS = 90;

/** Status events are kept for this many days, then purged. */
export const EVENT_DAYS = 30;

/**
 * Midnight (UTC) after the last historical day. Reports count back from here instead of from today: they do
 * the same work whenever a bench runs, and whatever orders a run adds.
 */
export const REFERENCE_DATE = '2025-06-01';

/** Items on the menu of a restaurant, with its variants and drinks: 160 to 360, 260 on average. */
export function menuLength(restaurant: number): number {
  return 160 + ((restaurant * 37) % 201);
}

/** Id of the n-th item (from 1) of a restaurant's menu. */
export function itemId(restaurant: number, n: number): number {
  return restaurant * 1000 + n;
}

/** Reference of the n-th historical order (from 1). Orders placed by traffic bring random references. */
export function historicalRef(order: number): string {
  return `00000000-0000-7000-8000-${order.toString(16).padStart(12, '0')}`;
}

/**
 * Weight of a restaurant among all by popularity: Zipf-Mandelbrot, restaurant 1 is the most popular. With 300
 * restaurants the first has 4 % of the orders and the first ten have 28 %.
 */
export function popularity(restaurant: number): number {
  return 1 / (restaurant + 5);
}
