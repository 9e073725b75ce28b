// The socket of all subscriptions.
import { createClient, type Client } from 'graphql-ws';
import type { Session } from './session.js';

const FORBIDDEN = 4403;

/** Comes back by itself, with another token where that was what was wrong. */
export function createSocket(url: string, session: Session, webSocketImpl?: unknown): Client {
  let sent = '';
  let isRefused = false;
  return createClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl,
    connectionParams: async () => {
      if (isRefused) await session.renew(sent);
      isRefused = false;
      sent = session.token();
      return { authorization: `Bearer ${sent}` };
    },
    on: {
      closed: (ending) => {
        isRefused = (ending as CloseEvent).code === FORBIDDEN;
      },
    },
    // A restarting server closes with 1012: come back, at random, as often as it takes.
    retryAttempts: Infinity,
    shouldRetry: () => true,
  });
}
