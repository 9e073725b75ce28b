// Apollo Client over Parley: pages that the cache joins, queries by HTTP, subscriptions by WebSocket.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { OperationTypeNode } from 'graphql';
import { createClient, type Client } from 'graphql-ws';

export interface Parley {
  client: ApolloClient;
  socket: Client;
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
  const signIn = new ApolloLink((operation, forward) => {
    operation.setContext({ headers: { authorization: `Bearer ${token()}` } });
    return forward(operation);
  });
  const client = new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      signIn.concat(new HttpLink({ uri: url })),
    ),
    cache: new InMemoryCache({
      // Ids are unique among all types, and `filter` makes another list.
      typePolicies: { Query: { fields: { conversations: relayStylePagination(['filter']) } } },
    }),
  });
  return { client, socket };
}
