// Apollo Client over Parley: pages that the cache joins, queries by HTTP, subscriptions by WebSocket.
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client';
import { ErrorLink } from '@apollo/client/link/error';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { OperationTypeNode } from 'graphql';
import type { Client } from 'graphql-ws';
import { from, switchMap } from 'rxjs';
import type { Session } from './session.js';
import { createSocket } from './socket.js';

export interface Parley {
  client: ApolloClient;
  socket: Client;
}

export function connect(url: string, session: Session, webSocketImpl?: unknown): Parley {
  const socket = createSocket(url, session, webSocketImpl);
  const client = new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      ApolloLink.from([renewing(session), signing(session), new HttpLink({ uri: url })]),
    ),
    cache: new InMemoryCache({
      // Ids are unique among all types, and `filter` makes another list.
      typePolicies: { Query: { fields: { conversations: relayStylePagination(['filter']) } } },
    }),
  });
  return { client, socket };
}

/** Sends each operation with the token of the moment. */
function signing(session: Session): ApolloLink {
  return new ApolloLink((operation, forward) => {
    const token = session.token();
    operation.setContext({ token, headers: { authorization: `Bearer ${token}` } });
    return forward(operation);
  });
}

/** Sends what the server has refused because of its token once more, with another one. */
function renewing(session: Session): ApolloLink {
  return new ErrorLink(({ error, operation, forward }) => {
    if (!CombinedGraphQLErrors.is(error)) return;
    if (!error.errors.some(({ extensions }) => extensions?.code === 'UNAUTHENTICATED')) return;
    const { token } = operation.getContext();
    return from(session.renew(String(token))).pipe(switchMap(() => forward(operation)));
  });
}
