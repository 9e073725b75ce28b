import { useQuery } from "urql";

import { SearchFacetsDocument, type SearchFacetsQuery } from "../generated/graphql";
import { useSpeech, type Translate } from "../i18n/language";
import { narrowed, quoted } from "./operators";

const MOST = 4;

interface Props {
  query: string;
  conversationId: string | null;
  onNarrow(query: string): void;
}

/** Where the matches are, each a way to narrow the search to it. */
export function Facets({ query, conversationId, onNarrow }: Props) {
  const { t, locale } = useSpeech();
  const filter = conversationId ? { conversationIds: [conversationId] } : null;
  const [{ data }] = useQuery({ query: SearchFacetsDocument, variables: { query, filter } });
  if (!data || data.search.facets.total === 0) return null;
  const { facets } = data.search;
  const number = (value: number) => value.toLocaleString(locale);
  const total = facets.capped || facets.partial ? `${number(facets.total)}+` : number(facets.total);
  return (
    <section className="facets" aria-label={t("facets")}>
      <p className="quiet">{t("matches", { total })}</p>
      <ul className="chips">
        {narrowingsOf(facets, t, locale).map(({ name, term, count }) => (
          <li key={term}>
            <button type="button" className="chip" onClick={() => onNarrow(narrowed(query, term))}>
              <bdi>{name}</bdi> <span className="quiet">{number(count)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

type FacetsFound = SearchFacetsQuery["search"]["facets"];

function narrowingsOf({ senders, conversations, months, kinds }: FacetsFound, t: Translate, locale: string) {
  const options = { month: "short", year: "numeric", timeZone: "UTC" } as const;
  const month = new Intl.DateTimeFormat(locale, options);
  const groups = [
    senders.map(({ sender: { name }, count }) => ({ name, term: `from:${quoted(name)}`, count })),
    conversations.map(({ conversation: { title }, count }) => {
      return { name: title, term: `in:${quoted(title)}`, count };
    }),
    months.map(({ month: first, count }) => {
      return { name: month.format(new Date(first)), term: `on:${first.slice(0, 7)}`, count };
    }),
    kinds.map(({ kind, count }) => {
      const name = kind === "TEXT" || kind === "NOTICE" ? t(`only_${kind}`) : t(`kind_${kind}`);
      return { name, term: `kind:${kind.toLowerCase()}`, count };
    }),
  ];
  // What all matches have in common does not narrow anything.
  return groups.filter((group) => group.length > 1).flatMap((group) => group.slice(0, MOST));
}
