import { stringifyDocument, type TypedDocumentNode } from "urql";

/** The server answered, and did not do it. */
export class Refused extends Error {}

interface Answer<Data> {
  data?: Data | null;
  errors?: { message: string }[];
}

/** Runs one operation without a client. Throws `Refused`, or another Error when nobody answers. */
export async function ask<Data, Variables>(
  endpoint: string,
  token: string,
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/graphql-response+json",
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({ query: stringifyDocument(document), variables }),
  });
  const answer = (await response.json()) as Answer<Data>;
  if (answer.data) return answer.data;
  throw new Refused(answer.errors?.[0]?.message ?? `${response.status}`);
}
