const FIRST = 250;
const LONGEST = 20_000;

/**
 * How long to wait before attempt `retries` (from 0), in milliseconds: doubled each time, and a
 * random part of it, so that thousands of clients do not come back at once ("full jitter").
 */
export function backoff(retries: number, random: () => number = Math.random): number {
  const most = Math.min(LONGEST, FIRST * 2 ** retries);
  return Math.round(FIRST / 2 + random() * (most - FIRST / 2));
}

/** Waits so long, or until the browser is back online or the page is looked at again. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      document.removeEventListener("visibilitychange", seen);
      resolve();
    };
    const seen = () => {
      if (document.visibilityState === "visible") done();
    };
    const timer = setTimeout(done, milliseconds);
    addEventListener("online", done);
    document.addEventListener("visibilitychange", seen);
  });
}
