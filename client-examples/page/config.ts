/** What the server tells the page about itself. */
export interface Config {
  /** Path of the GraphQL endpoint, on this origin. */
  endpoint: string;
  /** A ready token; only a server in demo mode gives one, and only to its own machine. */
  token: string | null;
  demo: boolean;
  /** Path of the documentation; null where it is not built. */
  docs: string | null;
}

function isConfig(value: unknown): value is Config {
  if (typeof value !== "object" || value === null) return false;
  const { endpoint, token, demo, docs } = value as Record<string, unknown>;
  return (
    typeof endpoint === "string" &&
    isTextOrNull(token) &&
    typeof demo === "boolean" &&
    isTextOrNull(docs)
  );
}

function isTextOrNull(value: unknown): value is string | null {
  return typeof value === "string" || value === null;
}

/** Reads the page's configuration; throws an Error with a sentence for the reader. */
export async function loadConfig(): Promise<Config> {
  const response = await fetch(`${import.meta.env.BASE_URL}config.json`).catch(() => {
    throw new Error("The server cannot be reached.");
  });
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  const config: unknown = await response.json().catch(() => null);
  if (!isConfig(config))
    throw new Error("The server sent a configuration that the page does not understand.");
  return config;
}
