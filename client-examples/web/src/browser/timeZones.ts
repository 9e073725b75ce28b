/** All IANA zones that the browser knows, the reader's own first. */
export function timeZones(): string[] {
  const own = ownTimeZone();
  return [own, ...Intl.supportedValuesOf("timeZone").filter((name) => name !== own)];
}

export function ownTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
