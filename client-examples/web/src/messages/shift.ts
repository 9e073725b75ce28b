interface Keyed {
  key: string;
}

/**
 * Whether a list differs from the one before at its beginning: then what is in sight must be kept
 * in its place by the distance from the end.
 */
export function addedBefore(before: readonly Keyed[], after: readonly Keyed[]): boolean {
  const first = before.find(isLasting);
  const now = after.find(isLasting);
  return first !== undefined && now !== undefined && now.key !== first.key;
}

/** The lines between messages come and go. */
function isLasting({ key }: Keyed): boolean {
  return !key.startsWith("day ") && key !== "unread";
}
