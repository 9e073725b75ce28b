import { useState, type ReactNode } from "react";
import { useQuery } from "urql";

import { useConversations } from "../conversations/useConversations";
import { ConversationDocument } from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import { go } from "../navigation/routes";
import { Button } from "../ui/Button";
import { useSettled } from "../ui/useSettled";

interface Picker {
  /** The conversation that the address names, or the first there is. */
  chosen: string | null;
  /** Why there is none to choose, in words. */
  absence: string;
  picker: ReactNode;
}

/** A choice among all conversations, however many there are: found by their title, page after page. */
export function usePicker(id: string | null): Picker {
  const { t } = useSpeech();
  const [text, setText] = useState("");
  const { conversations, isLoading, failed, hasMore, loadMore } = useConversations("INCLUDE", useSettled(text.trim()));
  const [first, setFirst] = useState<string | null>(null);
  const newest = conversations[0]?.id ?? null;
  // Another one that is found, or becomes active, does not take its place.
  if (first === null && newest !== null) setFirst(newest);
  const chosen = id ?? first;
  const isFound = conversations.some((each) => each.id === chosen);
  const picker = (
    <div className="statistics-picker">
      <input
        type="search"
        value={text}
        placeholder={t("filterConversations")}
        aria-label={t("filterConversations")}
        onChange={(event) => setText(event.target.value)}
      />
      <select
        className="statistics-choice"
        aria-label={t("conversation")}
        value={chosen ?? ""}
        onChange={(event) => go("statistics", event.target.value)}
      >
        {chosen && !isFound && <Chosen id={chosen} />}
        {conversations.map((each) => (
          <option key={each.id} value={each.id}>
            {each.title}
          </option>
        ))}
      </select>
      {hasMore && <Button onClick={loadMore}>{t("more")}</Button>}
    </div>
  );
  const absence = t(failed ? "failed" : isLoading ? "loading" : "noConversations");
  return { chosen, absence, picker };
}

/** The one that is shown, which is not among those that were found. */
function Chosen({ id }: { id: string }) {
  const [{ data }] = useQuery({ query: ConversationDocument, variables: { id } });
  return <option value={id}>{data?.conversation?.title}</option>;
}
