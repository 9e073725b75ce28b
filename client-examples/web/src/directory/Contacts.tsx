import {
  ArchiveContactDocument,
  ContactsDocument,
} from "../generated/graphql";
import { useChange } from "../graphql/useChange";
import { useList } from "../graphql/useList";
import { useSpeech } from "../i18n/language";
import { mayWrite } from "../session/roles";
import { useViewer } from "../session/session";
import { Avatar } from "../ui/Avatar";
import { ContactDialog } from "./ContactDialog";
import type { Contact } from "./entries";
import { EntryActions } from "./EntryActions";
import { Section } from "./Section";
import { useShelvedSearch } from "./useSearch";

export default function Contacts() {
  const { t } = useSpeech();
  const change = useChange();
  const isWriter = mayWrite(useViewer());
  const search = useShelvedSearch();
  const { isOpen } = search.archive;
  const list = useList(ContactsDocument, ({ contacts }) => contacts, search.filter);
  const nodes = list.nodes.filter(({ archivedAt }) => (archivedAt !== null) === isOpen);
  const shelve = async ({ id }: Contact) =>
    (await change(ArchiveContactDocument, { contactId: id, archived: !isOpen })).problem;
  return (
    <Section<Contact>
      title="contacts"
      list={{ ...list, nodes }}
      search={search}
      create={isWriter ? "newContact" : null}
      row={(contact, edit) => (
        <>
          <Avatar name={contact.name} />
          <div className="entry-text">
            <bdi className="entry-name">{contact.name}</bdi>
            <p className="quiet">
              <bdi dir="ltr">{contact.identities.map(({ value }) => value).join(" · ")}</bdi>
            </p>
          </div>
          {contact.optedOutAt && <span className="status">{t("optedOut")}</span>}
          {isWriter && (
            <EntryActions
              name={contact.name}
              onEdit={edit}
              actions={[{ words: isOpen ? "restore" : "archive", run: () => shelve(contact) }]}
            />
          )}
        </>
      )}
      form={(contact, close) => <ContactDialog contact={contact} onClose={close} />}
    />
  );
}
