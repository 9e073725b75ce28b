import { useState } from "react";
import { useQuery } from "urql";

import {
  AddRecipientsDocument,
  ContactsDocument,
  GroupMembersDocument,
  RemoveRecipientsDocument,
} from "../generated/graphql";
import { useChange } from "../graphql/useChange";
import { useSpeech } from "../i18n/language";
import { IconButton } from "../ui/Button";
import { Field } from "../ui/Field";
import { useSearch } from "./useSearch";

const MOST = 100;
const MOST_FOUND = 5;

/** Who is in a group. Each change is made at once. */
export function Members({ groupId }: { groupId: string }) {
  const { t } = useSpeech();
  const change = useChange();
  const search = useSearch();
  const [problem, setProblem] = useState<string | null>(null);
  const [{ data }] = useQuery({
    query: GroupMembersDocument,
    variables: { id: groupId, first: MOST },
    requestPolicy: "cache-and-network",
  });
  const [{ data: found }] = useQuery({
    query: ContactsDocument,
    variables: { first: MOST_FOUND, search: search.filter.search },
    pause: search.filter.search === null,
  });
  const members = data?.recipientGroup?.members;
  const isIn = (id: string) => members?.nodes.some((each) => each.id === id) ?? false;
  const offered = search.filter.search ? (found?.contacts.nodes ?? []) : [];

  const add = async (contactId: string) =>
    setProblem((await change(AddRecipientsDocument, { groupId, contactIds: [contactId] })).problem);
  const remove = async (contactId: string) =>
    setProblem((await change(RemoveRecipientsDocument, { groupId, contactIds: [contactId] })).problem);
  return (
    // Nothing waits here to be saved.
    <section aria-label={t("members")} onInput={(event) => event.stopPropagation()}>
      <h3>{t("members")}</h3>
      <ul className="entry-parts">
        {members?.nodes.map(({ id, name }) => (
          <li key={id}>
            <bdi>{name}</bdi>
            <IconButton icon="close" label={t("removeNamed", { name })} onClick={() => void remove(id)} />
          </li>
        ))}
      </ul>
      {members?.pageInfo.hasNextPage && <p className="quiet">{t("firstOnly", { count: MOST })}</p>}
      <Field label={t("addContact")} type="search" value={search.text} onChange={search.onChange} />
      <ul className="chips">
        {offered
          .filter(({ id }) => !isIn(id))
          .map(({ id, name }) => (
            <li key={id}>
              <button type="button" className="chip" onClick={() => void add(id)}>
                + <bdi>{name}</bdi>
              </button>
            </li>
          ))}
      </ul>
      <p className="problem" role="alert">
        {problem}
      </p>
    </section>
  );
}
