import { useState, type DragEvent } from "react";
import { useQuery } from "urql";

import { ImportsDocument } from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import { mayWrite } from "../session/roles";
import { useViewer } from "../session/session";
import "../styles/imports.css";
import { Icon } from "../ui/Icon";
import { ImportCard } from "./ImportCard";
import { NewImport } from "./NewImport";

const SIZE = 50;

export default function ImportsView() {
  const { t } = useSpeech();
  const viewer = useViewer();
  const [file, setFile] = useState<File | null>(null);
  const [{ data, error, fetching }, refetch] = useQuery({
    query: ImportsDocument,
    variables: { first: SIZE },
    requestPolicy: "cache-and-network",
  });
  const imports = data?.imports.nodes ?? [];
  return (
    <main className="page">
      <div className="page-body">
        <header className="page-header">
          <h1>{t("imports")}</h1>
        </header>
        {mayWrite(viewer) && file === null && <DropZone onFile={setFile} />}
        {file !== null && (
          <NewImport
            key={`${file.name} ${file.size} ${file.lastModified}`}
            file={file}
            onClose={() => setFile(null)}
            onStarted={() => {
              setFile(null);
              refetch({ requestPolicy: "network-only" });
            }}
          />
        )}
        <h2 className="section-title">{t("importsSoFar")}</h2>
        {imports.length === 0 && (
          <p className="quiet">{t(error ? "failed" : fetching ? "loading" : "noImports")}</p>
        )}
        <ul className="stack">
          {imports.map((each) => (
            <ImportCard key={each.id} known={each} />
          ))}
        </ul>
      </div>
    </main>
  );
}

/** Takes a file that is dropped on it, or chosen. */
function DropZone({ onFile }: { onFile(file: File): void }) {
  const { t } = useSpeech();
  const [isOver, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const [file] = event.dataTransfer.files;
    if (file) onFile(file);
  };
  return (
    <label
      className="drop-zone"
      data-over={isOver}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Icon name="upload" />
      <strong>{t("dropFile")}</strong>
      <span className="quiet">{t("dropHint")}</span>
      <input
        type="file"
        accept=".txt,.zip"
        className="unseen"
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) onFile(file);
        }}
      />
    </label>
  );
}
