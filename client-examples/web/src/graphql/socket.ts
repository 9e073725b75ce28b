import { createClient, type Client, type ExecutionResult, type Sink } from "graphql-ws";

import { backoff, pause } from "../live/backoff";
import { ending, isRefusal } from "../live/endings";
import type { Resume } from "../live/resume";

export type Line = "connecting" | "open" | "cut";

export interface SocketOptions {
  endpoint: string;
  /** The token to sign in with, asked for at each connection. */
  token(): string | null;
  /** Resolves when there is another token. Called when the server refuses the one at hand. */
  renew(): Promise<void>;
  onLine(line: Line): void;
}

/** The one socket of the page. It comes back by itself, with jitter, and with a new token if need be. */
export function createSocket({ endpoint, token, renew, onLine }: SocketOptions): Client {
  let refused = false;
  return createClient({
    url: socketAddress(endpoint),
    connectionParams: () => ({ authorization: `Bearer ${token() ?? ""}` }),
    lazyCloseTimeout: 3_000,
    keepAlive: 12_000,
    retryAttempts: Infinity,
    shouldRetry: () => true,
    retryWait: async (retries) => {
      if (refused) await renew();
      refused = false;
      await pause(backoff(retries));
    },
    on: {
      connecting: () => onLine("connecting"),
      connected: () => onLine("open"),
      closed: (event) => {
        refused ||= isRefusal(event);
        onLine("cut");
      },
    },
  });
}

interface Payload {
  query: string;
  operationName?: string;
  variables?: Record<string, unknown>;
}

export interface Endless {
  resume: Resume;
  /** Called when the cursor is worth nothing any more: the state must be fetched anew. */
  onLost(): void;
  renew(): Promise<void>;
}

/**
 * Subscribes for good: after every cut or error the subscription is begun again after the last
 * cursor, and an event that comes twice is dropped. Returns the function that ends it.
 */
export function subscribeForGood(
  client: Client,
  payload: Payload,
  sink: Pick<Sink<ExecutionResult>, "next">,
  { resume, onLost, renew }: Endless,
): () => void {
  let stopped = false;
  let failures = 0;
  let stop = () => {};

  const again = async (cause: unknown) => {
    if (stopped) return;
    const next = ending(cause);
    if (next === "refetch") return onLost();
    if (next === "sign-in") await renew();
    await pause(backoff(failures++));
    if (!stopped) begin();
  };
  const begin = () => {
    const resuming = {
      ...payload,
      // graphql-ws reads the payload anew at each of its own retries as well.
      get variables() {
        return { ...payload.variables, after: resume.after };
      },
    };
    stop = client.subscribe<Record<string, { cursor: string }>>(resuming, {
      next: (result) => {
        failures = 0;
        const cursor = Object.values(result.data ?? {})[0]?.cursor;
        if (cursor === undefined || resume.accept(cursor)) sink.next(result as ExecutionResult);
      },
      error: (cause) => void again(cause),
      complete: () => void again(null),
    });
  };
  begin();
  return () => {
    stopped = true;
    stop();
  };
}

function socketAddress(endpoint: string): string {
  const address = new URL(endpoint, location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return address.href;
}
