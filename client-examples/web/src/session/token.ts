/** The token that was typed, kept for this tab only: it is gone when the tab is closed. */
const KEY = "parley.web.token";
const MAX_LENGTH = 8192;

export function storedToken(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null; // storage is blocked: the token lives as long as the page
  }
}

export function storeToken(token: string | null): void {
  try {
    if (token === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, token);
  } catch {
    // as above
  }
}

/** The token in what was pasted, with or without "Bearer"; null where there can be none. */
export function parseToken(text: string): string | null {
  const token = text.trim().replace(/^(authorization:\s*)?bearer\s+/i, "");
  const isToken = token.length <= MAX_LENGTH && /^[\x21-\x7e]+$/.test(token);
  return isToken ? token : null;
}
