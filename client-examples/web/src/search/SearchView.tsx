import { useState } from "react";
import { useQuery } from "urql";

import { ConversationDocument } from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import "../styles/search.css";
import { IconButton } from "../ui/Button";
import { Facets } from "./Facets";
import { Results } from "./Results";
import { SearchBox } from "./SearchBox";
import { ORDERS, usePlace } from "./usePlace";

export default function SearchView() {
  const { t } = useSpeech();
  const { text, setText, query, order, setOrder, conversationId, widen } = usePlace();
  // The results come first: what narrows them is counted once they are there.
  const [found, setFound] = useState("");
  return (
    <main className="page">
      <div className="page-body search">
        <h1 className="unseen">{t("search")}</h1>
        <SearchBox text={text} onChange={setText} />
        <div className="chips">
          {ORDERS.map((each) => (
            <button
              key={each}
              type="button"
              className="chip"
              aria-pressed={each === order}
              onClick={() => setOrder(each)}
            >
              {t(`order_${each}`)}
            </button>
          ))}
        </div>
        {conversationId && <Scope conversationId={conversationId} onWiden={widen} />}
        {query === "" ? (
          <p className="quiet search-hint">{t("searchHint")}</p>
        ) : (
          <>
            {found !== "" && (
              <Facets query={found} conversationId={conversationId} onNarrow={setText} />
            )}
            <Results query={query} order={order} conversationId={conversationId} onFound={setFound} />
          </>
        )}
      </div>
    </main>
  );
}

/** Says that one conversation alone is searched, and lets the reader widen it. */
function Scope({ conversationId, onWiden }: { conversationId: string; onWiden(): void }) {
  const { t } = useSpeech();
  const [{ data }] = useQuery({ query: ConversationDocument, variables: { id: conversationId } });
  return (
    <p className="chips">
      <span className="chip">
        {t("searchIn")} <bdi>{data?.conversation?.title}</bdi>
        <IconButton icon="close" label={t("searchEverywhere")} onClick={onWiden} />
      </span>
    </p>
  );
}
