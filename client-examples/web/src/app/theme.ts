import { useCallback, useState } from "react";

import { remember, remembered } from "../browser/storage";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "parley.theme";

/** The system's colours, unless the reader has chosen others. */
export function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function rememberedTheme(): Theme {
  const kept = remembered(KEY);
  return THEMES.find((each) => each === kept) ?? "system";
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(rememberedTheme);
  const change = useCallback((next: Theme) => {
    setTheme(next);
    remember(KEY, next === "system" ? null : next);
    applyTheme(next);
  }, []);
  return [theme, change];
}
