/** The keys that work on every screen but the editor, whose own overlay tells its keys. */

/** Behind G: where each key goes. */
export const goKeys: Record<string, { path: string; label: string }> = {
  l: { path: "/library", label: "Library" },
  r: { path: "/runs", label: "Runs" },
  e: { path: "/schedules", label: "Schedules" },
  a: { path: "/approvals", label: "Approvals" },
  m: { path: "/marketplace", label: "Marketplace" },
  c: { path: "/credentials", label: "Credentials" },
  u: { path: "/usage", label: "Usage" },
  s: { path: "/settings", label: "Settings" },
};

/** Whether a key that is pressed there is text. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName));
}

/** What the command key is called on the reader's machine. */
export const commandKey = /mac|iphone|ipad/i.test(navigator.userAgent) ? "⌘" : "Ctrl";
