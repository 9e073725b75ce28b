import { lazy, Suspense } from "react";

import { useSpeech } from "../i18n/language";
import { hashOf, useRoute } from "../navigation/routes";
import "../styles/directory.css";

const SECTIONS = {
  contacts: lazy(() => import("./Contacts")),
  groups: lazy(() => import("./Groups")),
  templates: lazy(() => import("./Templates")),
  labels: lazy(() => import("./Labels")),
  devices: lazy(() => import("./Devices")),
};
type SectionName = keyof typeof SECTIONS;
const NAMES = Object.keys(SECTIONS) as SectionName[];

/** What is written to, with what, and through what: a section each. */
export default function DirectoryView() {
  const { t } = useSpeech();
  const { id } = useRoute();
  const shown = NAMES.find((name) => name === id) ?? "contacts";
  const Chosen = SECTIONS[shown];
  return (
    <main className="page">
      <div className="page-body">
        <h1 className="unseen">{t("directory")}</h1>
        <nav className="chips sections" aria-label={t("directory")}>
          {NAMES.map((name) => (
            <a
              key={name}
              className="chip"
              href={hashOf("directory", name)}
              aria-current={name === shown ? "page" : undefined}
            >
              {t(name)}
            </a>
          ))}
        </nav>
        <Suspense fallback={<p className="quiet">{t("loading")}</p>}>
          <Chosen key={shown} />
        </Suspense>
      </div>
    </main>
  );
}
