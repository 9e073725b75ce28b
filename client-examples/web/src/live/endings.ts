/** What to do when a subscription has ended. */
export type Ending = "again" | "refetch" | "sign-in";

/** The codes (docs/errors.md) after which a cursor is worth nothing. */
const REFETCH = new Set(["RESET", "BAD_CURSOR"]);
const SIGN_IN = new Set(["UNAUTHENTICATED", "TENANT_SUSPENDED"]);

/** Reads what graphql-ws gives its sink: a list of GraphQL errors, a close event, or a fault. */
export function ending(cause: unknown): Ending {
  for (const code of codes(cause)) {
    if (REFETCH.has(code)) return "refetch";
    if (SIGN_IN.has(code)) return "sign-in";
  }
  return isRefusal(cause) ? "sign-in" : "again";
}

/** Whether a socket was closed because of the token: missing, expired or revoked. */
export function isRefusal(cause: unknown): boolean {
  const code = (cause as { code?: unknown } | null)?.code;
  return code === 4401 || code === 4403;
}

function codes(cause: unknown): string[] {
  if (!Array.isArray(cause)) return [];
  return cause.flatMap((error: { extensions?: { code?: unknown } }) => {
    const code = error.extensions?.code;
    return typeof code === "string" ? [code] : [];
  });
}
