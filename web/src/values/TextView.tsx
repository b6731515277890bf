/** Plain text and code: as it is, cut where a page would choke on it. */
import { useState } from "react";
import { cx } from "@/ui/classes";

const FIRST = 20_000;

export function TextView({ text, isCode = false }: { text: string; isCode?: boolean }) {
  const [shown, setShown] = useState(FIRST);
  return (
    <div className="min-w-0">
      <pre className={cx("break-words whitespace-pre-wrap", isCode ? "rounded-md border border-line bg-sunken p-2 font-mono text-xs leading-5" : "font-sans text-sm")}>{text === "" ? <span className="text-muted">An empty text.</span> : text.slice(0, shown)}</pre>
      {text.length > shown && (
        <button type="button" className="mt-1 text-sm text-accent underline" onClick={() => setShown(shown * 10)}>
          Show more of {text.length.toLocaleString()} characters
        </button>
      )}
    </div>
  );
}
