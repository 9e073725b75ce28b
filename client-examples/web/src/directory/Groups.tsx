import {
  DeleteRecipientGroupDocument,
  RecipientGroupsDocument,
} from "../generated/graphql";
import { useChange } from "../graphql/useChange";
import { useList } from "../graphql/useList";
import { useSpeech } from "../i18n/language";
import { mayWrite } from "../session/roles";
import { useViewer } from "../session/session";
import type { Group } from "./entries";
import { EntryActions } from "./EntryActions";
import { GroupDialog } from "./GroupDialog";
import { Section } from "./Section";
import { useSearch } from "./useSearch";

export default function Groups() {
  const { t } = useSpeech();
  const change = useChange();
  const isWriter = mayWrite(useViewer());
  const search = useSearch();
  const list = useList(RecipientGroupsDocument, (data) => data.recipientGroups, search.filter);
  const remove = async ({ id }: Group) =>
    (await change(DeleteRecipientGroupDocument, { groupId: id })).problem;
  return (
    <Section<Group>
      title="groups"
      list={list}
      search={search}
      create={isWriter ? "newGroup" : null}
      row={(group, edit) => (
        <>
          <div className="entry-text">
            <bdi className="entry-name">{group.name}</bdi>
            <p className="quiet">
              {t("contactCount", { count: group.size })}
              {group.description && (
                <>
                  {" · "}
                  <bdi>{group.description}</bdi>
                </>
              )}
            </p>
          </div>
          {isWriter && (
            <EntryActions
              name={group.name}
              onEdit={edit}
              actions={[{ words: "delete", question: "deleteGroupQuestion", run: () => remove(group) }]}
            />
          )}
        </>
      )}
      form={(group, close) => <GroupDialog group={group} onClose={close} />}
    />
  );
}
