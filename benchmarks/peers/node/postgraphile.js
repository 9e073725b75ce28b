// PostGraphile 5, its schema derived from the tables.
import { createServer } from 'node:http';
import { context } from 'postgraphile/grafast';
import { grafserv } from 'postgraphile/grafserv/node';
import { makePgService } from 'postgraphile/adaptors/pg';
import { postgraphile } from 'postgraphile';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { extendSchema } from 'postgraphile/utils';
import { encodeId, pool, viewerOf, world } from './shared.js';

const ViewerPlugin = extendSchema({
  typeDefs: /* GraphQL */ `
    type BenchViewer { id: ID! }
    extend type Query { viewer: BenchViewer! }
  `,
  objects: {
    Query: { plans: { viewer: () => context() } },
    BenchViewer: { plans: { id: ($context) => $context.get('viewerId') } },
  },
});

const preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [ViewerPlugin],
  pgServices: [makePgService({ pool, schemas: ['public'] })],
  grafast: {
    context: (request) => ({
      viewerId: encodeId('u', viewerOf(request.node?.req.headers.authorization).userId),
    }),
    explain: false,
  },
  grafserv: { graphiql: false, watch: false },
};

const instance = postgraphile(preset);
if (process.argv.includes('--schema')) {
  const { printSchema } = await import('postgraphile/graphql');
  console.log(printSchema((await instance.getSchemaResult()).schema));
  process.exit(0);
}
const server = createServer();
await instance.createServ(grafserv).addTo(server);
server.listen(world.port, '127.0.0.1');
