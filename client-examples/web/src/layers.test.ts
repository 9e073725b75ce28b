import { expect, test } from "vitest";

/** Folders from the ground up: each imports from itself and from those before it. */
const LAYERS = [
  ...["generated", "browser", "i18n", "ui", "live", "graphql", "session", "navigation", "workspace"],
  ...["messages", "conversations", "search", "schedules", "directory", "imports", "statistics", "app"],
];
const SOURCES = import.meta.glob<string>("./*/**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true });
/** What stands in `from "…"`, `import "…"` and `import("…")`. */
const IMPORTS = /(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]+)"/g;
const MODULES = new Map(Object.entries(SOURCES).map(([path, text]) => [withoutEnding(path), text]));

function withoutEnding(path: string): string {
  return path.replace(/^\.?\//, "").replace(/\.tsx?$/, "");
}

/** The modules of this client that a module imports, also if only for their types. */
function importsOf(module: string): string[] {
  const paths = [...(MODULES.get(module) ?? "").matchAll(IMPORTS)].map(([, path = ""]) => path);
  return paths
    .map((path) => withoutEnding(new URL(path, `file:///${module}`).pathname))
    .filter((path) => MODULES.has(path));
}

function layerOf(module: string): number {
  return LAYERS.indexOf(module.split("/")[0] ?? "");
}

test("folders import from those below them", () => {
  const upward = [...MODULES.keys()].flatMap((module) =>
    importsOf(module)
      .filter((each) => layerOf(each) > layerOf(module))
      .map((each) => `${module} → ${each}`),
  );

  expect(upward).toEqual([]);
  expect([...MODULES.keys()].filter((module) => layerOf(module) < 0)).toEqual([]);
});

test("no module imports itself by way of others", () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (module: string, way: readonly string[]) => {
    if (way.includes(module)) circles.push([...way.slice(way.indexOf(module)), module].join(" → "));
    if (done.has(module) || way.includes(module)) return;
    for (const each of importsOf(module)) visit(each, [...way, module]);
    done.add(module);
  };
  for (const module of MODULES.keys()) visit(module, []);

  expect(circles).toEqual([]);
});

test("imports are found at all", () => {
  expect(importsOf("app/App")).toContain("conversations/ConversationsView");
  expect(importsOf("app/App")).toContain("search/SearchView");
});
