/** A text of the platform's own: what stands between backticks is shown as code. It reads nothing else as markup. */
import type { ReactNode } from "react";

/** Its parts in turn: words, code, words, and so on. A backtick that nothing closes is one of the words. */
export const partsOf = (text: string): string[] => text.split(/`([^`\n]+)`/);

/** What is no text is shown as it is. */
export function Words({ text }: { text: ReactNode }): ReactNode {
  if (typeof text !== "string") return text;
  return partsOf(text).map((part, at) => (at % 2 === 0 ? part : <code key={at} className="rounded bg-sunken px-1 font-mono">{part}</code>));
}
