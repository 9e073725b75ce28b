// Relay over Parley: queries by HTTP, subscriptions by graphql-ws.
import { createClient, type Client } from 'graphql-ws';
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

export interface Parley {
  environment: Environment;
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

  const fetchOperation = async ({ text }: RequestParameters, variables: Variables) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: text, variables }),
    });
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
