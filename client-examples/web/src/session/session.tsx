import { createContext, use, useCallback, useEffect, useMemo, useRef, useState } from "react";

import { loadConfig, type Config } from "../../../page/config";
import { storedToken, storeToken } from "../../../page/token";
import { ViewerDocument, type ViewerQuery } from "../generated/graphql";
import { ask, Refused } from "./ask";

export type Viewer = ViewerQuery["viewer"];

export type SignIn =
  | { state: "none" }
  | { state: "checking" }
  | { state: "accepted" }
  | { state: "refused"; reason: string }
  | { state: "away"; reason: string };

export interface Session {
  config: Config;
  signIn: SignIn;
  /** Who was accepted last; stays while a new token is asked for, so that nothing typed is lost. */
  viewer: Viewer | null;
  /** Counts how often all had to be fetched anew. */
  generation: number;
  /** Whether the token came with the demo. */
  isDemo: boolean;
  token(): string | null;
  replaceToken(token: string): void;
  /** Forgets the token, and what was shown to its owner. */
  signOut(): void;
  check(): void;
  /** Begins anew: for when events were missed, so that what is shown may be wrong. */
  restart(): void;
  /** Says that the server refused the token; resolves when there is one that it takes. */
  renew(): Promise<void>;
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = use(SessionContext);
  if (session === null) throw new Error("useSession needs a SessionContext around it.");
  return session;
}

/** Who is signed in: the latest answer, for what is shown only to those who are. */
export function useViewer(): Viewer {
  const { viewer } = useSession();
  if (viewer === null) throw new Error("Nobody is signed in.");
  return viewer;
}

/** What the server says of a token. */
export type Checked = [SignIn, Viewer | null];

/** Asks what the server says of the token that the page begins with, if there is one. */
export function checkFirst({ endpoint, token }: Config): Promise<Checked> | null {
  const current = storedToken() ?? token;
  return current === null ? null : signInWith(endpoint, current);
}

/** The session of the page: the token in use, and what the server says of it. */
export function useNewSession(first: Config, checking: Promise<Checked> | null): Session {
  const [config, setConfig] = useState(first);
  const [typed, setTyped] = useState(storedToken);
  const [attempt, setAttempt] = useState(0);
  const [signIn, setSignIn] = useState<SignIn>({ state: "checking" });
  const [viewer, setViewer] = useState<Viewer | null>(null);
  const [generation, setGeneration] = useState(0);
  const isLost = useRef(false);
  const begun = useRef(checking);
  const waiting = useRef<(() => void)[]>([]);
  const current = typed ?? config.token;
  const latest = useRef(current);
  latest.current = current;

  useEffect(() => {
    if (current === null) return setSignIn({ state: "none" });
    let isOvertaken = false;
    setSignIn({ state: "checking" });
    const answer = begun.current ?? signInWith(config.endpoint, current);
    void answer.then(([state, found]) => {
      if (isOvertaken) return;
      begun.current = null;
      setSignIn(state);
      if (found === null) return;
      setViewer(found);
      if (isLost.current) setGeneration((count) => count + 1);
      isLost.current = false;
      for (const resolve of waiting.current.splice(0)) resolve();
    });
    return () => {
      isOvertaken = true;
    };
  }, [config, current, attempt]);

  const check = useCallback(() => setAttempt((count) => count + 1), []);
  const restart = useCallback(() => {
    isLost.current = true;
    check();
  }, [check]);
  const replaceToken = useCallback((next: string) => {
    storeToken(next);
    setTyped(next);
    setAttempt((count) => count + 1);
  }, []);
  const signOut = useCallback(() => {
    storeToken(null);
    setTyped(null);
    setViewer(null);
    setAttempt((count) => count + 1);
  }, []);
  const renew = useCallback(() => {
    // The demo has another token ready; else the check fails, and the token box opens.
    if (waiting.current.length === 0) void loadConfig().then(setConfig, check);
    return new Promise<void>((resolve) => waiting.current.push(resolve));
  }, [check]);
  const token = useCallback(() => latest.current, []);

  const isDemo = config.demo && typed === null && config.token !== null;
  return useMemo(
    () => ({
      ...{ config, signIn, viewer, generation, isDemo },
      ...{ token, replaceToken, signOut, check, restart, renew },
    }),
    [config, signIn, viewer, generation, isDemo, token, replaceToken, signOut, check, restart, renew],
  );
}

async function signInWith(endpoint: string, token: string): Promise<Checked> {
  try {
    const { viewer } = await ask(endpoint, token, ViewerDocument, {});
    return [{ state: "accepted" }, viewer];
  } catch (error) {
    const state = error instanceof Refused ? "refused" : "away";
    return [{ state, reason: (error as Error).message }, null];
  }
}
