import { pick, useGraphiQL, useGraphiQLActions, type GraphiQLPlugin } from "@graphiql/react";
import { useState } from "react";

import { activity } from "./activity";
import { isUntouched, matching, type Example } from "./examples";
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

/**
 * Opens an example in the tab at hand, or in a new one where that holds work of the reader's.
 * Gives the names of the variables' parts for which nothing was found. Null: the editors are
 * still loading.
 */
function useOpen(): ((example: Example) => Promise<string[]>) | null {
  const { endpoint, token } = useSession();
  const { addTab, stop } = useGraphiQLActions();
  const { queryEditor, variableEditor, responseEditor } = useGraphiQL(
    pick("queryEditor", "variableEditor", "responseEditor"),
  );

  if (!queryEditor || !variableEditor || !responseEditor) return null;
  return async ({ document, variables }) => {
    stop();
    activity.clear();
    if (!isUntouched(queryEditor.getValue())) addTab();
    queryEditor.setValue(document);
    variableEditor.setValue("");
    responseEditor.setValue("");
    if (variables === null) return [];
    const { text, missing } = await fill(variables, endpoint, token);
    const isStillOpen = queryEditor.getValue() === document && variableEditor.getValue() === "";
    if (!isStillOpen) return [];
    variableEditor.setValue(text);
    return missing;
  };
}

function ExamplesPanel() {
  const open = useOpen();
  const [words, setWords] = useState("");
  const [chosen, setChosen] = useState<{ example: Example; missing: string[] } | null>(null);
  const areas = matching(words);

  const choose = async (example: Example) => {
    if (open === null) return;
    setChosen({ example, missing: [] });
    const missing = await open(example);
    setChosen((now) => (now?.example === example ? { example, missing } : now));
  };
  return (
    <section className="examples" aria-label="Examples">
      <h2>Examples</h2>
      <p>Pick one, then run it with the button or Ctrl-Enter.</p>
      <input
        type="search"
        aria-label="Find an example"
        placeholder="Find an example"
        value={words}
        onChange={(event) => setWords(event.target.value)}
      />
      {areas.length === 0 && <p role="status">No example has these words.</p>}
      {areas.map(({ area, examples }) => (
        <details key={area} open>
          <summary>
            <h3>{area}</h3>
          </summary>
          <ul>
            {examples.map((example) => (
              <li key={example.title}>
                <button
                  type="button"
                  disabled={open === null}
                  aria-current={chosen?.example === example}
                  onClick={() => void choose(example)}
                >
                  <strong>{example.title}</strong>
                  <span>{example.about}</span>
                </button>
                {chosen?.example === example && chosen.missing.length > 0 && (
                  <p className="examples-missing" role="status">
                    Nothing was found for {chosen.missing.join(", ")}: make one first, or fill it
                    in.
                  </p>
                )}
              </li>
            ))}
          </ul>
        </details>
      ))}
    </section>
  );
}

export const EXAMPLES_PLUGIN: GraphiQLPlugin = {
  title: "Examples",
  icon: ExamplesIcon,
  content: ExamplesPanel,
};
