import { useEffect, useState } from "react";
import { useQuery } from "urql";

import { SearchDocument, type SearchOrder, type SearchQuery } from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import { hashOf } from "../navigation/routes";
import { Button } from "../ui/Button";
import { dateAndTime } from "../ui/time";
import { excerpt, segments } from "./highlights";

const SIZE = 25;

interface Props {
  query: string;
  order: SearchOrder;
  conversationId: string | null;
  /** Called with the query when its results are there. */
  onFound(query: string): void;
}

export function Results(props: Props) {
  const search = `${props.order} ${props.query}`;
  const [known, setKnown] = useState({ search, cursors: [null] as (string | null)[] });
  // What was found for the last query stays in sight until there is something for the next.
  const cursors = known.search === search ? known.cursors : [null];
  return (
    <div className="results">
      {cursors.map((after, index) => (
        <ResultPage
          key={after}
          {...props}
          after={after}
          onMore={
            index === cursors.length - 1
              ? (next) => setKnown({ search, cursors: [...cursors, next] })
              : null
          }
        />
      ))}
    </div>
  );
}

interface PageProps extends Props {
  after: string | null;
  onMore: ((after: string) => void) | null;
}

function ResultPage({ query, order, conversationId, after, onFound, onMore }: PageProps) {
  const { t } = useSpeech();
  const filter = conversationId ? { conversationIds: [conversationId] } : null;
  const [{ data, error, fetching }] = useQuery({
    query: SearchDocument,
    variables: { query, first: SIZE, after, filter, orderBy: order },
    requestPolicy: "network-only",
  });
  const isFound = data !== undefined && !fetching;
  useEffect(() => {
    if (isFound) onFound(query);
  }, [isFound, query, onFound]);
  if (error && !data) {
    const words = error.networkError ? t("serverAway") : error.graphQLErrors[0]?.message;
    return <p className="quiet">{words}</p>;
  }
  if (!data) return <p className="quiet">{fetching && t("searching")}</p>;
  const { edges, corrections, pageInfo } = data.search;
  const { endCursor, hasNextPage } = pageInfo;
  if (edges.length === 0 && after === null && !hasNextPage) {
    return <p className="quiet">{t("nothingFound")}</p>;
  }
  return (
    <>
      {after === null &&
        corrections.map(({ word, meant }) => (
          <p key={word} className="quiet">
            {t("searchedFor", { word, meant: meant.join(", ") })}
          </p>
        ))}
      {edges.map((edge) => (
        <Result key={edge.node.id} edge={edge} />
      ))}
      {onMore && hasNextPage && endCursor && (
        <Button onClick={() => onMore(endCursor)}>{t("more")}</Button>
      )}
    </>
  );
}

type Edge = SearchQuery["search"]["edges"][number];

function Result({ edge: { node, highlights } }: { edge: Edge }) {
  const { locale } = useSpeech();
  const { text, ranges } = excerpt(node.body, highlights);
  return (
    <a
      className="result"
      href={hashOf("conversations", node.conversation.id, { message: node.id })}
    >
      <span className="result-head">
        <bdi className="result-sender">{node.sender?.name}</bdi>
        <span className="quiet">
          <bdi>{node.conversation.title}</bdi> · {dateAndTime(node.sentAt, locale)}
        </span>
      </span>
      <span className="body" dir="auto">
        {segments(text, ranges).map((segment, index) =>
          segment.isMatch ? <mark key={index}>{segment.text}</mark> : segment.text,
        )}
      </span>
    </a>
  );
}
