import { Fragment, type ReactNode } from "react";

import { useSpeech } from "../i18n/language";
import { useOpened } from "./opened";

const LONG_LINES = 16;
const LONG_CHARACTERS = 1_400;
const ADDRESS = /https?:\/\/[^\s<>"'()]+[^\s<>"'().,;:!?]/g;

/** A message's text: always text, whatever it holds, and as long as it is only when asked. */
export function Body({ text }: { text: string }) {
  const { t } = useSpeech();
  const { isOpened, toggle } = useOpened();
  const isWhole = isOpened(text);
  const short = shortened(text);
  const isLong = short.length < text.length;
  return (
    <>
      <p className="body" dir="auto">
        {withLinks(isLong && !isWhole ? short : text)}
        {isLong && !isWhole && "…"}
      </p>
      {isLong && (
        <button
          type="button"
          className="link-button"
          aria-expanded={isWhole}
          onClick={() => toggle(text)}
        >
          {t(isWhole ? "showLess" : "showAll")}
        </button>
      )}
    </>
  );
}

/** The beginning of a long text, cut at a line or between two characters. */
export function shortened(text: string): string {
  const lines = text.split("\n");
  const cut = lines.length > LONG_LINES ? lines.slice(0, LONG_LINES - 4).join("\n") : text;
  if (cut.length <= LONG_CHARACTERS) return cut;
  return [...cut.slice(0, LONG_CHARACTERS)].slice(0, -1).join("");
}

function withLinks(text: string): ReactNode {
  const parts: ReactNode[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    parts.push(text.slice(end, match.index));
    parts.push(
      <a href={match[0]} target="_blank" rel="noopener noreferrer nofollow">
        {match[0]}
      </a>,
    );
    end = match.index + match[0].length;
  }
  parts.push(text.slice(end));
  return parts.map((part, index) => <Fragment key={index}>{part}</Fragment>);
}
