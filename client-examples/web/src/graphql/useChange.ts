import { useCallback } from "react";
import { useClient, type TypedDocumentNode } from "urql";

import type { UserErrorFieldsFragment } from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import { problemOf } from "../ui/problems";

interface Outcome<Data> {
  data: Data | undefined;
  /** What went wrong, in words, or null. */
  problem: string | null;
}

export type Change = <Data extends object, Variables extends { input: unknown }>(
  document: TypedDocumentNode<Data, Variables>,
  input: Variables["input"],
) => Promise<Outcome<Data>>;

/** Gives the function that runs a mutation of one input, whose payload has user errors. */
export function useChange(): Change {
  const client = useClient();
  const { t } = useSpeech();
  return useCallback(
    async (document, input) => {
      const { data, error } = await client.mutation(document, { input } as never).toPromise();
      const [payload] = Object.values(data ?? {}) as { userErrors: UserErrorFieldsFragment[] }[];
      return { data, problem: problemOf(error, payload?.userErrors, t) };
    },
    [client, t],
  );
}
