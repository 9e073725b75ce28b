interface Keyed {
  key: string;
}

/**
 * Whether a list differs from the one before at its beginning: then what is in sight must be kept
 * in its place by the distance from the end.
 */
export function addedBefore(before: readonly Keyed[], after: readonly Keyed[]): boolean {
  const first = before.find(({ key }) => !key.startsWith("day "));
  if (!first || after.length === 0) return false;
  const now = after.find(({ key }) => !key.startsWith("day "));
  return now !== undefined && now.key !== first.key;
}
