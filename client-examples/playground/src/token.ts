/** The token that was typed, kept for this tab only: it is gone when the tab is closed. */
const KEY = "parley.playground.token";
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

/** The token in what was pasted, with or without "Bearer"; throws an Error that says what is wrong. */
export function parseToken(text: string): string {
  const token = text.trim().replace(/^(authorization:\s*)?bearer\s+/i, "");
  if (token === "") throw new Error("Paste a token first.");
  if (token.length > MAX_LENGTH)
    throw new Error(`No token is longer than ${MAX_LENGTH} characters.`);
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new Error("A token has no spaces and no special characters.");
  return token;
}
