// Relay over Parley: queries by HTTP, subscriptions by graphql-ws.
import type { Client } from 'graphql-ws';
import {
  Environment,
  Network,
  Observable,
  RecordSource,
  Store,
  type GraphQLResponse,
  type RequestParameters,
  type Variables,
} from 'relay-runtime';
import type { Session } from './session';
import { createSocket } from './socket';

const UNAUTHORIZED = 401;

export interface Parley {
  environment: Environment;
  socket: Client;
}

export function connect(url: string, session: Session, webSocketImpl?: unknown): Parley {
  const socket = createSocket(url, session, webSocketImpl);

  const post = (token: string, { text }: RequestParameters, variables: Variables) =>
    fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: text, variables }),
    });

  const fetchOperation = async (request: RequestParameters, variables: Variables) => {
    const token = session.token();
    let response = await post(token, request, variables);
    if (response.status === UNAUTHORIZED) {
      await session.renew(token);
      response = await post(session.token(), request, variables);
    }
    return (await response.json()) as GraphQLResponse;
  };

  const subscribe = ({ text }: RequestParameters, variables: Variables) =>
    Observable.create<GraphQLResponse>((sink) =>
      socket.subscribe(
        { query: text ?? '', variables },
        {
          next: (result) => sink.next(result as GraphQLResponse),
          error: (trouble) => sink.error(trouble instanceof Error ? trouble : new Error(String(trouble))),
          complete: () => sink.complete(),
        },
      ),
    );

  const network = Network.create(fetchOperation, subscribe);
  return { environment: new Environment({ network, store: new Store(new RecordSource()) }), socket };
}
