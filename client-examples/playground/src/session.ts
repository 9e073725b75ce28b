import { createContext, use, useCallback, useEffect, useMemo, useState } from "react";

import type { Config } from "../../page/config";
import { post } from "./http";
import { storedToken, storeToken } from "../../page/token";
import viewerQuery from "./viewer.graphql?raw";

/** What the server answers to viewer.graphql. */
export interface Viewer {
  role: string;
  user: { name: string };
}

export type SignIn =
  | { state: "none" }
  | { state: "checking" }
  | { state: "accepted"; viewer: Viewer }
  | { state: "refused"; reason: string }
  | { state: "away"; reason: string };

export interface Session {
  endpoint: string;
  token: string | null;
  /** Whether the token is the one that came with the demo. */
  demo: boolean;
  signIn: SignIn;
  /** Uses another token; null goes back to the demo's, where there is one. */
  replaceToken(token: string | null): void;
  /** Asks the server about the token again. */
  check(): void;
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = use(SessionContext);
  if (session === null) throw new Error("useSession needs a SessionContext around it.");
  return session;
}

async function ask(endpoint: string, token: string, signal: AbortSignal): Promise<SignIn> {
  try {
    const answer = await post(endpoint, token, { query: viewerQuery }, signal);
    const viewer = (answer.data as { viewer?: Viewer } | null | undefined)?.viewer;
    if (viewer) return { state: "accepted", viewer };
    return {
      state: "refused",
      reason: answer.errors?.[0]?.message ?? "The server did not say why.",
    };
  } catch (error) {
    return { state: "away", reason: (error as Error).message };
  }
}

/** The session of the page: the token in use and what the server says of it. */
export function useNewSession(config: Config): Session {
  const [typed, setTyped] = useState(storedToken);
  const [attempt, setAttempt] = useState(0);
  const [signIn, setSignIn] = useState<SignIn>({ state: "checking" });
  const token = typed ?? config.token;

  useEffect(() => {
    if (token === null) {
      setSignIn({ state: "none" });
      return;
    }
    const controller = new AbortController();
    setSignIn({ state: "checking" });
    void ask(config.endpoint, token, controller.signal).then((result) => {
      if (!controller.signal.aborted) setSignIn(result);
    });
    return () => controller.abort();
  }, [config.endpoint, token, attempt]);

  const replaceToken = useCallback((next: string | null) => {
    storeToken(next);
    setTyped(next);
    setAttempt((count) => count + 1);
  }, []);
  const check = useCallback(() => setAttempt((count) => count + 1), []);

  const demo = config.demo && typed === null && config.token !== null;
  return useMemo(
    () => ({ endpoint: config.endpoint, token, demo, signIn, replaceToken, check }),
    [config.endpoint, token, demo, signIn, replaceToken, check],
  );
}
