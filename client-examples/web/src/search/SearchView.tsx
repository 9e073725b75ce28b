import { useEffect, useState } from "react";
import { useQuery } from "urql";

import { go, useRoute } from "../app/routes";
import { ConversationDocument } from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import "../styles/search.css";
import { IconButton } from "../ui/Button";
import { Facets } from "./Facets";
import { Results } from "./Results";
import { SearchBox } from "./SearchBox";

/** Long enough for keys that are hit together; a search that is overtaken is broken off. */
const DEBOUNCE_MILLISECONDS = 30;

export default function SearchView() {
  const { t } = useSpeech();
  const { query: place } = useRoute();
  const [text, setText] = useState(place.q ?? "");
  const query = useDebounced(text.trim());
  // The results come first: what narrows them is counted once they are there.
  const [found, setFound] = useState("");
  const conversationId = place.in ?? null;
  return (
    <main className="page">
      <div className="page-body search">
        <h1 className="unseen">{t("search")}</h1>
        <SearchBox text={text} onChange={setText} />
        {conversationId && <Scope conversationId={conversationId} text={text} />}
        {query === "" ? (
          <p className="quiet search-hint">{t("searchHint")}</p>
        ) : (
          <>
            {found !== "" && (
              <Facets query={found} conversationId={conversationId} onNarrow={setText} />
            )}
            <Results query={query} conversationId={conversationId} onFound={setFound} />
          </>
        )}
      </div>
    </main>
  );
}

/** Says that one conversation alone is searched, and lets the reader widen it. */
function Scope({ conversationId, text }: { conversationId: string; text: string }) {
  const { t } = useSpeech();
  const [{ data }] = useQuery({ query: ConversationDocument, variables: { id: conversationId } });
  return (
    <p className="chips">
      <span className="chip">
        {t("searchIn")} <bdi>{data?.conversation?.title}</bdi>
        <IconButton
          icon="close"
          label={t("searchEverywhere")}
          onClick={() => go("search", null, text ? { q: text } : {})}
        />
      </span>
    </p>
  );
}

function useDebounced(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), DEBOUNCE_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
