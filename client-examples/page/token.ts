/**
 * The token that was typed, kept for this tab and page only: it is gone when the tab is closed. Each
 * page has its own, such as parley.web.token.
 */
const KEY = `parley.${import.meta.env.BASE_URL.replaceAll("/", "")}.token`;
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
