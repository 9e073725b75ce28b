/** What this browser remembers. Where storage is blocked or full, it lives as long as the page. */
const fallback = new Map<string, string>();

export function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key) ?? fallback.get(key) ?? null;
  } catch {
    return fallback.get(key) ?? null;
  }
}

export function remember(key: string, value: string | null): void {
  if (value === null) fallback.delete(key);
  else fallback.set(key, value);
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // the fallback has it
  }
}

/** The keys of all that is remembered under names that begin so. */
export function rememberedKeys(prefix: string): string[] {
  const keys = new Set(fallback.keys());
  try {
    for (const key of Object.keys(localStorage)) keys.add(key);
  } catch {
    // the fallback has them
  }
  return [...keys].filter((key) => key.startsWith(prefix)).sort();
}
