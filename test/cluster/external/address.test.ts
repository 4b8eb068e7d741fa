import { afterEach, expect, test } from 'vitest';
import { addressFrom, addressOf, nameOf, urlOf } from '../../../src/cluster/external/address.js';
import { takePostgresVariables } from '../../../src/machine/postgres-variables.js';

afterEach(() => takePostgresVariables());

test('a URL says where a server is; what it leaves open, libpq’s variables and defaults say', () => {
  expect(addressOf('postgres://app@db.example:6000/shop?sslmode=verify-full&sslrootcert=/ca.crt')).toEqual({
    ...{ host: 'db.example', port: 6000, user: 'app', database: 'shop' },
    ...{ sslmode: 'verify-full', sslrootcert: '/ca.crt' },
  });
  Object.assign(process.env, { PGUSER: 'reporter', PGSSLMODE: 'require', PGPORT: '6543' });
  takePostgresVariables();
  expect(addressOf('postgresql://db')).toEqual({
    ...{ host: 'db', port: 6543, user: 'reporter', database: 'reporter', sslmode: 'require' },
  });
  expect(process.env.PGUSER).toBeUndefined();
});

test.each([
  'postgres://app@db.example:6000/my%20shop?sslmode=prefer',
  'postgres://app@[::1]:5432/shop?sslmode=disable',
  'postgres://o%20neil@localhost:5432/shop?sslmode=disable&host=%2Frun%2Fpostgresql',
])('%s is written as it was read', (url) => {
  expect(urlOf(addressOf(url))).toBe(url);
});

test('parameters say what libpq lets them, as of a socket with a port', () => {
  expect(addressOf('postgres:///?host=/run/postgresql&port=6000&user=app&dbname=shop')).toMatchObject({
    ...{ host: '/run/postgresql', port: 6000, user: 'app', database: 'shop' },
  });
});

test('a database is named by host and name, and by its port unless that is PostgreSQL’s', () => {
  expect(nameOf(addressOf('postgres://a@db/shop'))).toBe('db/shop');
  expect(nameOf(addressOf('postgres://a@db:6000/shop'))).toBe('db:6000/shop');
  expect(nameOf(addressOf('postgres://a@[::1]:6000/shop'))).toBe('[::1]:6000/shop');
  expect(nameOf(addressOf('postgres://a@[::1]/shop'))).toBe('[::1]/shop');
});

test('a password in a URL is refused, and not repeated', () => {
  for (const url of ['postgres://app:s3cret@db/shop', 'postgres://app@db/shop?password=s3cret']) {
    expect(() => addressOf(url)).toThrow(/^The URL of db has a password in it, .* PGPASSFILE/);
    expect(() => addressOf(url)).not.toThrow(/s3cret/);
  }
  expect(addressFrom('postgres://app:s3cret@db/shop')).toMatchObject({ host: 'db', user: 'app' });
});

test.each([
  ['db/shop', 'is named by a URL'],
  ['postgres://a@db/shop?sslmode=maybe', 'its sslmode is "maybe"'],
  ['postgres://a@db/shop?options=-cx%3Dy', "the bench doesn't know its parameter options"],
])('%s is refused', (url, why) => {
  expect(() => addressOf(url)).toThrow(why);
});

test('what libpq’s variables have wrong is named by the variable', () => {
  for (const [name, value] of Object.entries({ PGSSLMODE: 'maybe', PGPORT: 'five' })) {
    Object.assign(process.env, { [name]: value });
    takePostgresVariables();
    expect(() => addressOf('postgres://a@db/shop')).toThrow(
      `A server can't be used: ${name} is "${value}", which must be`,
    );
  }
});
