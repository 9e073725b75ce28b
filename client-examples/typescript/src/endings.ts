// What ends a subscription, and whether another try may mend it.

/** There is no token that the server takes: it refused one, and the same came again. */
export class TokenRefused extends Error {
  override name = 'TokenRefused';
}

/** Codes of docs/errors.md that pass by themselves; with any other the next try ends alike. */
const PASSING = new Set([
  'DRAINING',
  'INTERNAL',
  'INTERNAL_ERROR',
  'RATE_LIMITED',
  'SERVER_RESTARTING',
  'SLOW_CONSUMER',
  'TIMED_OUT',
  'TOO_MANY',
  'TOO_MANY_FEEDS',
  'TOO_MANY_OPERATIONS',
  'TOO_SLOW',
]);
/** Close codes that say that a client breaks the protocol. */
const FAULTS = new Set([4400, 4401, 4406, 4409, 4429]);
const FORBIDDEN = 4403;
/** Reasons of 4403 after which the same token would do, or another is to be expected. */
const TOKEN_WAS_GOOD = new Set(['TOKEN_EXPIRED', 'CLOSED_BY_ADMINISTRATOR']);

interface Close {
  code: number;
  reason: string;
}

/** Whether the cursor is worth nothing any more, so that the state must be fetched anew. */
export function isReset(trouble: unknown): boolean {
  return codesOf(trouble).includes('RESET');
}

/** Whether trying again may mend it: a lost network does, a subscription that is wrong does not. */
export function passes(trouble: unknown): boolean {
  if (Array.isArray(trouble)) return codesOf(trouble).every((code) => PASSING.has(code));
  if (trouble instanceof TokenRefused) return false;
  return !isClose(trouble) || !FAULTS.has(trouble.code);
}

/** Whether a socket was closed because its token is no good. */
export function refusesToken(ending: unknown): boolean {
  return isClose(ending) && ending.code === FORBIDDEN && !TOKEN_WAS_GOOD.has(ending.reason);
}

/** The codes of GraphQL errors; none for a closed socket or a lost network. */
function codesOf(trouble: unknown): string[] {
  if (!Array.isArray(trouble)) return [];
  return trouble.map((error) => String(error?.extensions?.code ?? ''));
}

function isClose(trouble: unknown): trouble is Close {
  return typeof trouble === 'object' && trouble !== null && 'code' in trouble && 'reason' in trouble;
}
