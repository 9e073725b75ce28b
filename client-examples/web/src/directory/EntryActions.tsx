import { useState } from "react";

import { useSpeech, type Key } from "../i18n/language";
import { Button } from "../ui/Button";
import { Question } from "../ui/Dialog";

export interface EntryAction {
  words: Key;
  /** Asked before it is done, where it cannot be taken back. */
  question?: Key;
  /** Gives what went wrong, in words, or null. */
  run(): Promise<string | null>;
}

interface Props {
  /** The name of the thing, for those who do not see where the buttons stand. */
  name: string;
  onEdit(): void;
  actions: EntryAction[];
}

/** What can be done with an entry of a list. */
export function EntryActions({ name, onEdit, actions }: Props) {
  const { t } = useSpeech();
  const [asked, setAsked] = useState<EntryAction | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const run = (action: EntryAction) => {
    setAsked(null);
    void action.run().then(setProblem);
  };
  return (
    <div className="entry-actions" role="group" aria-label={name}>
      <p className="problem" role="alert">
        {problem}
      </p>
      <Button icon="edit" onClick={onEdit}>
        {t("edit")}
      </Button>
      {actions.map((action) => (
        <Button
          key={action.words}
          onClick={() => (action.question ? setAsked(action) : run(action))}
        >
          {t(action.words)}
        </Button>
      ))}
      {asked?.question && (
        <Question
          title={t(asked.question)}
          yes={asked.words}
          onNo={() => setAsked(null)}
          onYes={() => run(asked)}
        >
          <p>
            <bdi>{name}</bdi>
          </p>
        </Question>
      )}
    </div>
  );
}
