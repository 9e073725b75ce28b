import { authExchange } from "@urql/exchange-auth";
import { retryExchange } from "@urql/exchange-retry";
import type { Client as SocketClient } from "graphql-ws";
import {
  createClient,
  fetchExchange,
  mapExchange,
  subscriptionExchange,
  type Client,
  type CombinedError,
  type OperationResult,
} from "urql";

import { cache } from "./cache";
import type { Author } from "./optimistic";
import { subscribeForGood, type Endless } from "./socket";

/** Codes (docs/errors.md) of what a while mends: a spent budget, a server that is being replaced. */
const PASSING = new Set<unknown>(["RATE_LIMITED", "SERVER_RESTARTING"]);

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
      // The null that an error leaves in an answer is not what the cache should remember.
      mapExchange({ onResult: (result) => (isFaulty(result) ? { ...result, data: undefined } : result) }),
      retryExchange({
        initialDelayMs: 500,
        maxDelayMs: 15_000,
        randomDelay: true,
        maxNumberAttempts: Infinity,
        // What changes something is tried again by whoever asked for it, who can show it.
        retryIf: (error, operation) => operation.kind === "query" && passes(error),
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

function isFaulty({ operation, error }: OperationResult): boolean {
  return operation.kind === "query" && error !== undefined;
}

function passes({ networkError, graphQLErrors }: CombinedError): boolean {
  return !!networkError || graphQLErrors.some(({ extensions }) => PASSING.has(extensions.code));
}

function isAboutToken({ graphQLErrors }: CombinedError): boolean {
  return graphQLErrors.some(({ extensions }) => extensions.code === "UNAUTHENTICATED");
}
