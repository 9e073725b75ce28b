import { useEffect, useMemo } from "react";
import { useClient, type TypedDocumentNode } from "urql";

import { useStore } from "../live/stores";
import { Pages } from "./pages";

const SIZE = 50;
const MOST_PAGES = 40;

interface Connection<Node> {
  nodes: readonly Node[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

interface Paged {
  first: number;
  after?: string | null;
}

export interface List<Node> {
  /** Each once: a new one moves others from page to page. */
  nodes: Node[];
  isLoading: boolean;
  failed: boolean;
  /** Null where there is no more. */
  loadMore: (() => void) | null;
}

/** A list of the root, page after page. Its `filter` must be the same object while it says the same. */
export function useList<Data, Variables extends Paged, Node extends { id: string }>(
  document: TypedDocumentNode<Data, Variables>,
  connectionOf: (data: Data) => Connection<Node>,
  filter: Omit<Variables, keyof Paged>,
): List<Node> {
  const client = useClient();
  const pages = useMemo(() => new Pages(client, document, { most: MOST_PAGES }), [client, document]);
  const snapshot = useStore(pages);
  useEffect(() => {
    pages.start({ ...filter, first: SIZE } as Variables);
    return () => pages.stop();
  }, [pages, filter]);
  const loaded = snapshot.pages.flatMap(({ data }) => (data ? [connectionOf(data)] : []));
  const all = loaded.flatMap((page) => page.nodes);
  const nodes = [...new Map(all.map((node) => [node.id, node])).values()];
  const { endCursor, hasNextPage } = loaded.at(-1)?.pageInfo ?? {};
  const after = hasNextPage ? endCursor : null;
  return {
    nodes,
    isLoading: snapshot.loading !== null,
    failed: snapshot.error !== null,
    loadMore: after ? () => pages.extend({ ...filter, first: SIZE, after } as Variables, "end") : null,
  };
}
