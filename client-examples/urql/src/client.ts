// urql over Parley: a normalised cache that joins pages, and subscriptions by graphql-ws.
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { createClient, type Client as Socket } from 'graphql-ws';

/** Types that have no id of their own: they belong to what holds them. */
const EMBEDDED = ['ConversationConnection', 'ConversationEdge', 'PageInfo'];

export interface Parley {
  client: Client;
  socket: Socket;
}

export function connect(url: string, token: () => string, webSocketImpl?: unknown): Parley {
  const socket = createClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl,
    connectionParams: () => ({ authorization: `Bearer ${token()}` }),
    // A restarting server closes with 1012: come back, at random, as often as it takes.
    retryAttempts: Infinity,
    shouldRetry: () => true,
  });
  const client = new Client({
    url,
    preferGetMethod: false,
    fetchOptions: () => ({ headers: { authorization: `Bearer ${token()}` } }),
    exchanges: [
      cacheExchange({
        keys: Object.fromEntries(EMBEDDED.map((name) => [name, () => null])),
        resolvers: { Query: { conversations: relayPagination() } },
      }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
        }),
      }),
    ],
  });
  return { client, socket };
}
