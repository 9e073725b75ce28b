import {
  createGraphiQLFetcher,
  type Fetcher,
  type FetcherOpts,
  type FetcherParams,
} from "@graphiql/toolkit";
import {
  getOperationAST,
  parse,
  type DocumentNode,
  type ExecutionResult,
  type OperationDefinitionNode,
} from "graphql";
import { createClient } from "graphql-ws";

import { activity, type Recorder } from "./activity";
import { EXPLAIN_HEADER, explaining } from "./explain";
import { authorization, graphqlFetch } from "./http";

export interface PlaygroundFetcher {
  fetch: Fetcher;
  /** Closes the socket, if there is one. */
  dispose(): void;
}

/**
 * Sends queries and mutations by POST and subscriptions by graphql-ws, and records how they go.
 * `onRefused` is called when the server no longer takes the token.
 */
export function createFetcher(
  endpoint: string,
  token: string | null,
  onRefused: () => void,
): PlaygroundFetcher {
  const headers = authorization(token);
  const sockets = createClient({
    url: socketAddress(endpoint),
    connectionParams: headers,
    on: {
      connecting: () => activity.setLine("connecting"),
      connected: () => activity.setLine("open"),
      closed: (event) => {
        activity.setLine("closed");
        if (event instanceof CloseEvent && REFUSALS.has(event.code)) onRefused();
      },
    },
  });
  const fetcher = createGraphiQLFetcher({
    url: endpoint,
    headers,
    wsClient: sockets,
    fetch: graphqlFetch,
  });
  return { fetch: recorded(fetcher, onRefused), dispose: () => void sockets.dispose() };
}

/** Close codes of graphql-transport-ws for a missing and for a refused sign-in. */
const REFUSALS = new Set([4401, 4403]);

function socketAddress(endpoint: string): string {
  const address = new URL(endpoint, location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return address.href;
}

function recorded(fetcher: Fetcher, onRefused: () => void): Fetcher {
  return async (params: FetcherParams, options?: FetcherOpts) => {
    if (params.operationName === "IntrospectionQuery") {
      return fetcher(params, options) as Promise<ExecutionResult>;
    }
    const { documentAST, operation } = read(params);
    const isSubscription = operation?.operation === "subscription";
    const recorder = activity.begin(isSubscription ? "subscription" : "request");
    const note = ({ errors = [], extensions }: ExecutionResult) => {
      recorder.result(extensions);
      if (errors.some((error) => error.extensions?.code === "UNAUTHENTICATED")) onRefused();
    };
    const results = await fetcher(
      { ...params, operationName: operation?.name?.value },
      { ...options, documentAST, headers: { ...options?.headers, ...asked(explaining.get()) } },
    );
    // The toolkit's fetcher answers all but introspection by an iterator.
    return watched(results as AsyncIterable<ExecutionResult>, note, recorder);
  };
}

/** The header that asks for `extensions.explain`; over the socket nothing is explained. */
function asked(explain: boolean): Record<string, string> {
  return explain ? { [EXPLAIN_HEADER]: "true" } : {};
}

interface Run {
  documentAST?: DocumentNode;
  operation?: OperationDefinitionNode;
}

/**
 * What is about to be run. GraphiQL parses the editor's text with a delay: for a moment it gives
 * the document and the operation's name of the text before, so neither is taken on trust.
 */
function read({ query, operationName }: FetcherParams): Run {
  try {
    const documentAST = parse(query);
    const operation = getOperationAST(documentAST, operationName) ?? getOperationAST(documentAST);
    return { documentAST, ...(operation && { operation }) };
  } catch {
    return {}; // the server is to say what is wrong with the text
  }
}

/**
 * The same iterator, with its steps recorded. It is no generator on purpose: `return()` of a
 * generator waits for the step under way, so that a silent subscription could not be stopped.
 */
function watched(
  results: AsyncIterable<ExecutionResult>,
  note: (result: ExecutionResult) => void,
  recorder: Recorder,
): AsyncIterableIterator<ExecutionResult> {
  const iterator = results[Symbol.asyncIterator]();
  return {
    async next() {
      try {
        const step = await iterator.next();
        if (step.done) recorder.end();
        // Incremental delivery yields a list of parts at once.
        else for (const part of [step.value].flat()) note(part);
        return step;
      } catch (error) {
        recorder.fail();
        throw error;
      }
    },
    async return(value?: unknown) {
      recorder.end();
      return (await iterator.return?.(value)) ?? { done: true, value };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
