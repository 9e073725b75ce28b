import { authExchange } from "@urql/exchange-auth";
import { retryExchange } from "@urql/exchange-retry";
import type { Client as SocketClient } from "graphql-ws";
import { createClient, fetchExchange, subscriptionExchange, type Client, type CombinedError } from "urql";

import { cache } from "./cache";
import type { Author } from "./optimistic";
import { subscribeForGood, type Endless } from "./socket";

export interface ClientOptions {
  endpoint: string;
  token(): string | null;
  socket: SocketClient;
  author: Author;
  /** Resolves when there is another token. Called when the server refuses the one at hand. */
  renew(): Promise<void>;
}

/** The client of one signed-in person: their cache is theirs alone. */
export function createGraphQLClient(options: ClientOptions): Client {
  const { endpoint, token, socket, renew, author } = options;
  return createClient({
    url: endpoint,
    preferGetMethod: false,
    // The server asks it of uploads, which a foreign page could send otherwise.
    fetchOptions: { headers: { "graphql-require-preflight": "1" } },
    exchanges: [
      cache(author),
      retryExchange({
        initialDelayMs: 500,
        maxDelayMs: 15_000,
        randomDelay: true,
        maxNumberAttempts: Infinity,
        // What changes something is tried again by whoever asked for it, who can show it.
        retryIf: (error, operation) => operation.kind === "query" && !!error.networkError,
      }),
      // What the server refuses because of the token waits for another one.
      authExchange(async ({ appendHeaders }) => ({
        addAuthToOperation: (operation) =>
          appendHeaders(operation, { authorization: `Bearer ${token() ?? ""}` }),
        didAuthError: isAboutToken,
        refreshAuth: renew,
      })),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (request, operation) => ({
          subscribe: (sink) => {
            const payload = { ...request, query: request.query ?? "" };
            const endless = operation.context.endless as Endless | undefined;
            const unsubscribe = endless
              ? subscribeForGood(socket, payload, sink as never, endless)
              : socket.subscribe(payload, sink as never);
            return { unsubscribe };
          },
        }),
      }),
    ],
  });
}

function isAboutToken({ graphQLErrors }: CombinedError): boolean {
  return graphQLErrors.some(({ extensions }) => extensions.code === "UNAUTHENTICATED");
}
