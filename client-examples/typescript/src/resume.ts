// A subscription that goes on where it was cut: nothing missed, nothing twice.
import { createClient, type Client } from 'graphql-ws';

/** What every event of Parley has. A `ResetEvent` asks for refetching; events go on after it. */
export interface ResumableEvent {
  __typename?: string;
  cursor: string;
}

/** A document that knows the types of its variables and results, as graphql-codegen makes it. */
export interface TypedDocument<Result, Variables> {
  toString(): string;
  __apiType?: (variables: Variables) => Result;
}

export interface ParleyOptions {
  /** Of the WebSocket: `wss://parley.example/graphql`. */
  url: string;
  /** Gives the token of the moment; asked at each connection, so a new one follows an old one. */
  token: () => string | Promise<string>;
  /** Where there is no global WebSocket. */
  webSocketImpl?: unknown;
}

export interface Backoff {
  /** Milliseconds before the second try. */
  first: number;
  /** Milliseconds that no wait exceeds. */
  longest: number;
}

/** Codes that no second try changes; docs/errors.md lists them all. */
const FINAL = new Set(['BAD_CURSOR', 'BAD_ID', 'FORBIDDEN', 'NOT_FOUND', 'GRAPHQL_VALIDATION_FAILED']);
const PATIENCE: Backoff = { first: 250, longest: 30_000 };

/** A client for `resume`; all its subscriptions share one socket. Dispose of it in the end. */
export function connect({ url, token, webSocketImpl }: ParleyOptions): Client {
  return createClient({
    url,
    webSocketImpl,
    connectionParams: async () => ({ authorization: `Bearer ${await token()}` }),
    keepAlive: 10_000,
    // The client would try again with the variables it had, and so from its first cursor.
    retryAttempts: 0,
    shouldRetry: () => false,
  });
}

/**
 * The events of a subscription, for good.
 *
 * `pick` takes the event out of a result. `variables.after` is where it begins; each try begins
 * after the last event that was given. Throws what trying again does not mend.
 */
export async function* resume<Result, Variables extends { after?: string | null }, Event extends ResumableEvent>(
  client: Client,
  document: TypedDocument<Result, Variables>,
  variables: Variables,
  pick: (result: Result) => Event,
  { first, longest }: Backoff = PATIENCE,
): AsyncGenerator<Event, never> {
  let after = variables.after;
  let wait = 0;
  for (;;) {
    try {
      const results = client.iterate<Result>({ query: document.toString(), variables: { ...variables, after } });
      for await (const { data, errors } of results) {
        if (errors?.length) throw errors;
        if (!data) continue;
        const event = pick(data);
        if (event.cursor === after) continue;
        after = event.cursor;
        wait = 0;
        yield event;
      }
    } catch (trouble) {
      if (codesOf(trouble).some((code) => FINAL.has(code))) throw trouble;
    }
    wait = Math.min(longest, Math.max(first, 2 * wait));
    // At random, so that the clients of a server that restarts do not all come back at once.
    await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random() / 2)));
  }
}

/** The codes of GraphQL errors; none for a closed socket or a lost network. */
function codesOf(trouble: unknown): string[] {
  if (!Array.isArray(trouble)) return [];
  return trouble.map((error) => String(error?.extensions?.code ?? ''));
}
