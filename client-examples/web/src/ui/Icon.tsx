/** Outlines on a grid of 24, drawn for this client. */
const PATHS = {
  chats: "M4 5h16v11H11l-4 3.5V16H4z",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5 20 20",
  calendar: "M4.5 6h15v14h-15zM4.5 10.5h15M8.5 3.5V8M15.5 3.5V8",
  upload: "M12 16V4.5M7.5 9 12 4.5 16.5 9M4.5 15v4.5h15V15",
  chart: "M5 20V11M12 20V4.5M19 20v-6",
  settings: "M4 7h9M17 7h3M15 4.8a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4zM4 17h3M11 17h9M9 14.8a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4z",
  send: "M4.5 12 20 4.5 15.5 20l-3.5-6.5zM12 13.5 20 4.5",
  back: "M14.5 5.5 8 12l6.5 6.5",
  forward: "M9.5 5.5 16 12l-6.5 6.5",
  down: "M12 5v13.5M6 12.5l6 6 6-6",
  up: "M12 19V5.5M6 11.5l6-6 6 6",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6 6 18",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  bookmark: "M7 4.5h10V20l-5-4-5 4z",
  reply: "M10 7 4.5 12.5 10 18M5 12.5h8.5c3.5 0 6 2 6 5.5",
  edit: "M5 19h3.5L19 8.5 15.5 5 5 15.5zM13.5 7l3.5 3.5",
  trash: "M5 7h14M9.5 7V4.5h5V7M7 7l1 12.5h8L17 7",
  smile: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM9 10h.01M15 10h.01M8.5 14c1.8 2.4 5.2 2.4 7 0",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 7.5V12l3 2",
  archive: "M4 5.5h16v4H4zM5.5 9.5V19h13V9.5M10 13h4",
  label: "M4 5h8l8 8-7 7-9-9zM8 9h.01",
  pin: "M9 4h6l-1 6 3 3H7l3-3zM12 13v7",
  mute: "M6 16.5V11a6 6 0 0 1 9.5-4.9M18 10v6.5H8.5M10.5 19.5h3M4 4l16 16",
  repeat: "M5 11a5 5 0 0 1 5-5h8l-3-3M19 13a5 5 0 0 1-5 5H6l3 3",
  file: "M7 3.5h7l4 4V20.5H7zM14 3.5v4h4",
  check: "M5 12.5 10 17.5 19.5 7",
  pause: "M8.5 6v12M15.5 6v12",
  download: "M12 4v11M7 10.5l5 5 5-5M5 19.5h14",
  play: "M8 5.5v13l10.5-6.5z",
  globe: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM4 12h16M12 4c3 2.5 3 13.5 0 16M12 4c-3 2.5-3 13.5 0 16",
  sun: "M12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M18.4 5.6 17 7M7 17l-1.4 1.4",
  people: "M9 6a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM3.5 19c0-3 2.4-5 5.5-5s5.5 2 5.5 5M16 7a2.5 2.5 0 1 1 0 5M17 14c2.2.4 3.5 2.2 3.5 5",
} as const;

export type IconName = keyof typeof PATHS;

/** A picture that says nothing to a screen reader: what it stands on is labelled. */
export function Icon({ name, flips }: { name: IconName; flips?: boolean }) {
  return (
    <svg className={flips ? "icon icon-flips" : "icon"} viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
