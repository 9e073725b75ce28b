// urql over Parley: a normalised cache that joins pages, and subscriptions by graphql-ws.
import { Client, fetchExchange, subscriptionExchange, type Exchange } from '@urql/core';
import { authExchange } from '@urql/exchange-auth';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import type { Client as Socket } from 'graphql-ws';
import { sendMessage } from './send.js';
import type { Session } from './session.js';
import { createSocket } from './socket.js';

/** Types that have no id of their own: they belong to what holds them. */
const EMBEDDED = ['ConversationConnection', 'ConversationEdge', 'PageInfo', 'SendMessagePayload', 'UserError'];

export interface Parley {
  client: Client;
  socket: Socket;
}

export function connect(url: string, session: Session, webSocketImpl?: unknown): Parley {
  const socket = createSocket(url, session, webSocketImpl);
  const client = new Client({
    url,
    preferGetMethod: false,
    exchanges: [
      cacheExchange({
        keys: Object.fromEntries(EMBEDDED.map((name) => [name, () => null])),
        resolvers: { Query: { conversations: relayPagination() } },
        optimistic: { sendMessage },
      }),
      signing(session),
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

/** Sends each operation with the token of the moment, and once more where the server refuses that. */
function signing(session: Session): Exchange {
  let sent = '';
  return authExchange(async ({ appendHeaders }) => ({
    addAuthToOperation: (operation) => {
      sent = session.token();
      return appendHeaders(operation, { authorization: `Bearer ${sent}` });
    },
    didAuthError: ({ graphQLErrors }) =>
      graphQLErrors.some(({ extensions }) => extensions.code === 'UNAUTHENTICATED'),
    refreshAuth: () => session.renew(sent),
  }));
}
