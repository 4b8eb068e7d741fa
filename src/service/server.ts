import { parseCookie, stringifySetCookie } from 'cookie';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { collectDefaultMetrics } from 'prom-client';
import type { RoutedResult, Router } from '../router/index.js';
import { withTags } from '../router/sql/index.js';
import { OPERATIONS, type Operation, routeOf } from '../workload/smartmenu/index.js';
import type { ServiceStats } from './config.js';
import { answerTo } from './failure.js';
import { inputSchemas, parameterValues } from './inputs.js';
import { metricsOf } from './metrics.js';

/** The router's session token travels in this cookie, or in this header for clients without a cookie jar. */
const COOKIE = 'smartmenu_session';
const HEADER = 'x-smartmenu-session';

/**
 * The SmartMenu HTTP API on a router: a route for each operation. Answers say which node ran the statement
 * (`x-splitbench-node`) and why (`x-splitbench-reason`). Not started: the caller listens.
 * @param options `warnings` tells the router's warnings so far
 */
export function buildService(options: {
  router: Router;
  warnings?: () => ServiceStats['warnings'];
}): FastifyInstance {
  const { router, warnings = () => [] } = options;
  const app = fastify({ exposeHeadRoutes: false });
  for (const operation of OPERATIONS) addRoute(app, router, operation);
  app.get('/-/health', async () => ({ ok: true }));
  app.get('/-/stats', async (): Promise<ServiceStats> => {
    const { user, system } = process.cpuUsage();
    return {
      router: router.stats(),
      cpuSeconds: (user + system) / 1e6,
      rssBytes: process.memoryUsage.rss(),
      warnings: warnings(),
    };
  });
  const metrics = metricsOf(() => router.stats());
  collectDefaultMetrics({ register: metrics });
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.metrics()),
  );
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'There is no such route.' }));
  app.setErrorHandler((error, _request, reply) => {
    const { status, message } = answerTo(error);
    reply.code(status).send({ error: message });
  });
  return app;
}

function addRoute(app: FastifyInstance, router: Router, operation: Operation): void {
  const { name, sql, category, group } = operation;
  const { method, path } = routeOf(operation);
  // In the text as well, so that the server's log and its statistics tell what it is for and how it was routed.
  const text = withTags(sql, { action: name, category, group });
  const contentType =
    operation.format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8';
  app.route({
    method,
    url: path,
    schema: inputSchemas(operation),
    async handler(request, reply) {
      const token = tokenOf(request);
      const session = router.session(token);
      let result: RoutedResult<{ body: string }>;
      try {
        const options = { session, category, group };
        result = await router.query(
          { name, text, values: parameterValues(operation, request) },
          undefined,
          options,
        );
      } finally {
        // After a failure too: a write whose answer was lost may have been committed.
        const next = session.token();
        if (next !== token) carryToken(reply, next);
      }
      const { rows, routing } = result;
      reply.header('x-splitbench-node', routing.node).header('x-splitbench-reason', routing.reason);
      if (routing.fallback) reply.header('x-splitbench-fallback', '1');
      if (rows.length === 0) return reply.code(404).send({ error: 'There is no such thing.' });
      return reply.header('content-type', contentType).send(rows[0]!.body);
    },
  });
}

function tokenOf(request: FastifyRequest): string {
  const header = request.headers[HEADER];
  if (typeof header === 'string') return header;
  return (request.headers.cookie && parseCookie(request.headers.cookie)[COOKIE]) || '';
}

function carryToken(reply: FastifyReply, token: string): void {
  reply.header(HEADER, token);
  reply.header(
    'set-cookie',
    stringifySetCookie(COOKIE, token, {
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      maxAge: token === '' ? 0 : undefined, // nothing to remember any more: the cookie goes
    }),
  );
}
