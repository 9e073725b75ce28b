/** A GraphQL answer as it comes over HTTP. */
export interface Answer {
  data?: unknown;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/** A failure told in a sentence. It has no stack: GraphiQL would print that beside the sentence. */
export class Failure extends Error {
  constructor(message: string) {
    super(message);
    delete this.stack;
  }
}

/** The headers, and the socket's opening payload, that carry a token. */
export function authorization(token: string | null): Record<string, string> {
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/** `fetch` that fails with a sentence for the reader when no GraphQL answer can come of it. */
export async function graphqlFetch(
  input: RequestInfo | URL,
  init?: RequestInit,
): Promise<Response> {
  const response = await fetch(input, init).catch((error: unknown) => {
    if (init?.signal?.aborted) throw error;
    throw new Failure("The server cannot be reached.");
  });
  const type = response.headers.get("content-type") ?? "nothing";
  if (!/json|multipart/.test(type)) {
    throw new Failure(
      `The server answered ${response.status} with ${type} where JSON was expected.`,
    );
  }
  return response;
}

/** Sends one operation by POST and returns its answer, errors included. */
export async function post(
  endpoint: string,
  token: string | null,
  body: { query: string; variables?: unknown },
  signal?: AbortSignal,
): Promise<Answer> {
  const response = await graphqlFetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/graphql-response+json, application/json;q=0.9",
      ...authorization(token),
    },
    body: JSON.stringify(body),
    signal: signal ?? null,
  });
  return (await response.json()) as Answer;
}
