// GraphQL Yoga with graphql-jit and DataLoader.
import { createServer } from 'node:http';
import { useGraphQlJit } from '@envelop/graphql-jit';
import DataLoader from 'dataloader';
import { createSchema, createYoga } from 'graphql-yoga';
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

// A loader of pages for each distinct set of arguments.
class Pages {
  #loaders = new Map();
  #load;

  constructor(load) {
    this.#load = load;
  }

  of(id, { first, last }) {
    const key = `${first} ${last}`;
    let loader = this.#loaders.get(key);
    if (loader === undefined) {
      loader = new DataLoader((ids) => this.#load(ids, first, last));
      this.#loaders.set(key, loader);
    }
    return loader.load(id);
  }
}

const resolvers = {
  ...rootResolvers,
  ...leafResolvers,
  Message: {
    ...leafResolvers.Message,
    sender: (row, _, { loaders }) =>
      row.sender_id === null ? null : loaders.participant.load(row.sender_id),
  },
  Conversation: {
    ...leafResolvers.Conversation,
    lastMessage: (row, _, { loaders }) =>
      row.last_message_id === null ? null : loaders.message.load(row.last_message_id),
    participants: (row, wanted, { loaders }) => loaders.participants.of(row.id, wanted),
    messages: (row, wanted, { loaders }) => loaders.messages.of(row.id, wanted),
  },
};

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers }),
  plugins: [useGraphQlJit()],
  context: ({ request }) => ({
    viewer: viewerOf(request.headers.get('authorization')),
    loaders: {
      participant: new DataLoader(participantsById),
      message: new DataLoader(messagesById),
      participants: new Pages(participantPages),
      messages: new Pages(messagePages),
    },
  }),
  graphiql: false,
  logging: false,
});
createServer(yoga).listen(world.port, '127.0.0.1');
