/// <reference types="k6" />
import { check, sleep } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import type { Options } from 'k6/options';

/**
 * A plain k6 scenario, to copy and change: guests who open a menu, look at it, search in it, and an owner now and then who asks
 * for a report.
 *
 *   BASE_URL=http://127.0.0.1:4000 k6 run scenarios/menu-browse.ts
 *
 * reports in k6's own terms. With the bench it measures what a replica does for the application that answers at BASE_URL:
 *
 *   bench run baseline --scenario scenarios/menu-browse.ts --target baseline=URL,split=URL --primary URL --replica URL
 */
const baseUrl = __ENV.BASE_URL ?? 'http://127.0.0.1:4000';

export const options: Options = {
  scenarios: {
    guests: { executor: 'constant-vus', vus: 5, duration: '30s' },
  },
  thresholds: {
    http_req_failed: ['rate<0.01'],
    'http_req_duration{name:menu}': ['p(95)<200'],
    checks: ['rate>0.99'],
  },
};

const cravings = ['soup', 'noodles', 'pizza', 'salad', 'cake'];

export default function guest(): void {
  const restaurant = 1 + Math.floor(Math.random() * 10);

  const menu = http.get(`${baseUrl}/restaurants/${restaurant}/menu`, { tags: { name: 'menu' } });
  check(menu, { 'the menu is there': (response) => response.status === 200 });
  sleep(0.5 + Math.random());

  const craving = cravings[Math.floor(Math.random() * cravings.length)];
  const found = http.get(`${baseUrl}/search?q=${craving}`, { tags: { name: 'search' } });
  check(found, { 'the search answers': (response) => response.status === 200 });
  sleep(0.5 + Math.random());

  // What a request asks of the database: read, write, analytics or realtime. The bench reads the tag, or a header X-Category;
  // without either, GET counts as a read.
  if (exec.scenario.iterationInTest % 5 === 4) {
    const report = http.get(`${baseUrl}/reports/revenue?days=30`, {
      tags: { name: 'report', category: 'analytics' },
    });
    check(report, { 'the report is made': (response) => response.status === 200 });
  }
}
