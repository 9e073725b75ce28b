// A subscription that goes on where it was cut: nothing missed, nothing twice.
import { createClient, type Client, type FormattedExecutionResult } from 'graphql-ws';
import { isReset, passes, refusesToken, TokenRefused } from './endings.js';
import { Place, type ResumableEvent } from './place.js';

export { TokenRefused } from './endings.js';
export type { ResumableEvent } from './place.js';

/** A document that knows the types of its variables and results, as graphql-codegen makes it. */
export interface TypedDocument<Result, Variables> {
  toString(): string;
  __apiType?: (variables: Variables) => Result;
}

export interface ParleyOptions {
  /** Of the WebSocket: `wss://parley.example/graphql`. */
  url: string;
  /**
   * Gives the token of the moment; asked at each connection, so a new one follows an old one. What
   * it throws is taken to pass. A token that the server has refused is not sent again.
   */
  token: () => string | Promise<string>;
  /** Where there is no global WebSocket. */
  webSocketImpl?: unknown;
}

export interface ResumeOptions {
  /** Milliseconds before the second try. */
  first?: number;
  /** Milliseconds that no wait exceeds. */
  longest?: number;
  /**
   * Called when what came after the cursor is not kept (`RESET`, as of `scheduleEvents`): fetches
   * the state anew and gives the cursor to go on after (its `eventsCursor`), or nothing for "from
   * now on". What it throws ends the subscription, and so does `RESET` where there is no `refetch`.
   */
  refetch?: () => Promise<string | null | undefined | void>;
}

/** A client for `resume`; all its subscriptions share one socket. Dispose of it in the end. */
export function connect({ url, token, webSocketImpl }: ParleyOptions): Client {
  let sent: string | undefined;
  let refused: string | undefined;
  return createClient({
    url,
    webSocketImpl,
    connectionParams: async () => {
      sent = await token();
      if (sent === refused) throw new TokenRefused('The server refuses the token, and there is no other.');
      return { authorization: `Bearer ${sent}` };
    },
    on: {
      closed: (ending) => {
        if (refusesToken(ending)) refused = sent;
      },
    },
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
 * after the last event that was given. Throws what trying again does not mend: a list of GraphQL
 * errors, the end of the socket with its `code` and `reason`, or `TokenRefused`.
 */
export async function* resume<Result, Variables extends { after?: string | null }, Event extends ResumableEvent>(
  client: Client,
  document: TypedDocument<Result, Variables>,
  variables: Variables,
  pick: (result: Result) => Event,
  { first = 250, longest = 30_000, refetch }: ResumeOptions = {},
): AsyncGenerator<Event, never> {
  let place = new Place(variables.after);
  let wait = 0;
  for (;;) {
    try {
      const request = { query: document.toString(), variables: { ...variables, after: place.after } };
      for await (const event of events(client.iterate<Result>(request), pick)) {
        if (!place.take(event)) continue;
        wait = 0;
        yield event;
      }
    } catch (trouble) {
      if (isReset(trouble) && refetch) place = new Place((await refetch()) ?? undefined);
      else if (!passes(trouble)) throw trouble;
    }
    wait = Math.min(longest, Math.max(first, 2 * wait));
    // At random, so that the clients of a server that restarts do not all come back at once.
    await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random() / 2)));
  }
}

/** The events of one try, until it ends. Throws a list of GraphQL errors, or what ended the socket. */
async function* events<Result, Event>(
  results: AsyncIterable<FormattedExecutionResult<Result, unknown>>,
  pick: (result: Result) => Event,
): AsyncGenerator<Event, void> {
  for await (const { data, errors } of results) {
    if (errors?.length) throw errors;
    if (data) yield pick(data);
  }
}
