import { pick, useGraphiQL, useGraphiQLActions, type GraphiQLPlugin } from "@graphiql/react";

import { activity } from "./activity";
import { AREAS, isUntouched, type Example } from "./examples";
import { useSession } from "./session";
import { fill } from "./variables";

function ExamplesIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M4 5h16M4 12h10M4 19h7" strokeLinecap="round" />
      <path d="M16 14.5l5 3-5 3z" strokeLinejoin="round" />
    </svg>
  );
}

/** Opens an example in the tab at hand, or in a new one where that holds work of the reader's. */
function useOpen(): (example: Example) => Promise<void> {
  const { endpoint, token } = useSession();
  const { addTab, stop } = useGraphiQLActions();
  const { queryEditor, variableEditor, responseEditor } = useGraphiQL(
    pick("queryEditor", "variableEditor", "responseEditor"),
  );

  return async ({ document, variables }) => {
    if (!queryEditor || !variableEditor) return; // the editors are still loading
    stop();
    activity.clear();
    if (!isUntouched(queryEditor.getValue())) addTab();
    queryEditor.setValue(document);
    variableEditor.setValue("");
    responseEditor?.setValue("");
    if (variables === null) return;
    const filled = await fill(variables, endpoint, token);
    const isStillOpen = queryEditor.getValue() === document && variableEditor.getValue() === "";
    if (isStillOpen) variableEditor.setValue(filled);
  };
}

function ExamplesPanel() {
  const open = useOpen();
  return (
    <section className="examples" aria-label="Examples">
      <h2>Examples</h2>
      <p>Pick one, then run it with the button or Ctrl-Enter.</p>
      {AREAS.map(({ area, examples }) => (
        <section key={area} aria-label={area}>
          <h3>{area}</h3>
          <ul>
            {examples.map((example) => (
              <li key={example.title}>
                <button type="button" onClick={() => void open(example)}>
                  <strong>{example.title}</strong>
                  <span>{example.about}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </section>
  );
}

export const EXAMPLES_PLUGIN: GraphiQLPlugin = {
  title: "Examples",
  icon: ExamplesIcon,
  content: ExamplesPanel,
};
