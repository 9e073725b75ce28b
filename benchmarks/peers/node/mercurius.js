// Mercurius on Fastify, with its JIT and its loaders.
import Fastify from 'fastify';
import mercurius from 'mercurius';
import {
  leafResolvers,
  messagePages,
  messagesById,
  participantPages,
  participantsById,
  rootResolvers,
  typeDefs,
  viewerOf,
  world,
} from './shared.js';

const unique = (values) => [...new Set(values)];

// One statement for each distinct set of arguments, as Parley's loaders have it.
async function pages(queries, load) {
  const results = new Array(queries.length);
  const groups = Map.groupBy(queries.keys(), (index) => JSON.stringify(queries[index].params));
  for (const indexes of groups.values()) {
    const found = await load(
      indexes.map((index) => queries[index].obj.id),
      queries[indexes[0]].params,
    );
    indexes.forEach((index, rank) => (results[index] = found[rank]));
  }
  return results;
}

async function byId(queries, column, load) {
  const ids = unique(queries.map(({ obj }) => obj[column]).filter((id) => id !== null));
  const found = new Map((await load(ids)).map((row, rank) => [ids[rank], row]));
  return queries.map(({ obj }) => found.get(obj[column]) ?? null);
}

const app = Fastify();
await app.register(mercurius, {
  schema: typeDefs,
  resolvers: { ...rootResolvers, ...leafResolvers },
  loaders: {
    Message: { sender: (queries) => byId(queries, 'sender_id', participantsById) },
    Conversation: {
      lastMessage: (queries) => byId(queries, 'last_message_id', messagesById),
      participants: (queries) => pages(queries, (ids, { first }) => participantPages(ids, first)),
      messages: (queries) => pages(queries, (ids, p) => messagePages(ids, p.first, p.last)),
    },
  },
  context: (request) => ({ viewer: viewerOf(request.headers.authorization) }),
  jit: 1,
  graphiql: false,
});
await app.listen({ port: world.port, host: '127.0.0.1' });
