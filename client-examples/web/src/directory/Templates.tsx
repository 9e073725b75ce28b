import {
  ArchiveTemplateDocument,
  TemplatesDocument,
} from "../generated/graphql";
import { useChange } from "../graphql/useChange";
import { useList } from "../graphql/useList";
import { mayWrite } from "../session/roles";
import { useViewer } from "../session/session";
import type { Template } from "./entries";
import { EntryActions } from "./EntryActions";
import { Section } from "./Section";
import { TemplateDialog } from "./TemplateDialog";
import { useShelvedSearch } from "./useSearch";

export default function Templates() {
  const change = useChange();
  const isWriter = mayWrite(useViewer());
  const search = useShelvedSearch();
  const { isOpen } = search.archive;
  const list = useList(TemplatesDocument, ({ templates }) => templates, search.filter);
  const nodes = list.nodes.filter(({ archivedAt }) => (archivedAt !== null) === isOpen);
  const shelve = async ({ id }: Template) =>
    (await change(ArchiveTemplateDocument, { templateId: id, archived: !isOpen })).problem;
  return (
    <Section<Template>
      title="templates"
      list={{ ...list, nodes }}
      search={search}
      create={isWriter ? "newTemplate" : null}
      row={(template, edit) => (
        <>
          <div className="entry-text">
            <bdi className="entry-name">{template.name}</bdi> <code>{template.language}</code>
            <p className="body quiet" dir="auto">
              {template.preview.body}
            </p>
          </div>
          {isWriter && (
            <EntryActions
              name={template.name}
              onEdit={edit}
              actions={[{ words: isOpen ? "restore" : "archive", run: () => shelve(template) }]}
            />
          )}
        </>
      )}
      form={(template, close) => <TemplateDialog template={template} onClose={close} />}
    />
  );
}
