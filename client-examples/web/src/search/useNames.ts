import { useMemo } from "react";
import { useQuery } from "urql";

import { SearchNamesDocument } from "../generated/graphql";
import { NO_NAMES, type Names } from "./operators";

/** The titles of the most recent conversations and who is in them, once they are wanted. */
export function useNames(isWanted: boolean): Names {
  const [{ data }] = useQuery({ query: SearchNamesDocument, pause: !isWanted });
  return useMemo(() => {
    const conversations = data?.conversations.nodes;
    if (!conversations) return NO_NAMES;
    return {
      from: conversations.flatMap(({ participants }) => participants.nodes.map(({ name }) => name)),
      in: conversations.map(({ title }) => title),
    };
  }, [data]);
}
