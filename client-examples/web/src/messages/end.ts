/** A list this many pixels from its end counts as being there. */
const NEAR_PIXELS = 24;

/** How high a list that scrolls is, and what it contains. */
export interface Extent {
  scrollHeight: number;
  clientHeight: number;
}

export function extentOf({ scrollHeight, clientHeight }: Extent): Extent {
  return { scrollHeight, clientHeight };
}

/**
 * Whether a list that was scrolled to `offset` is at its end, or at the one it had when it was
 * `measured`: what became higher since did not take the reader away, and the list goes after it.
 */
export function isEnd(offset: number, measured: Extent, now: Extent): boolean {
  return distance(offset, now) < NEAR_PIXELS || Math.abs(distance(offset, measured)) < NEAR_PIXELS;
}

function distance(offset: number, { scrollHeight, clientHeight }: Extent): number {
  return scrollHeight - clientHeight - offset;
}
