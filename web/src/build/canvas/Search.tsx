/** Ctrl+F: finds nodes of the open agent by title, block, id and values, and shows them. */
import { X } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import type { Blocks } from "@/blocks/blocks";
import { IconButton } from "@/ui/Button";
import { cx } from "@/ui/classes";
import { findNodes } from "@/graph/find";
import { useEditor } from "../store";
import type { Commands } from "./commands";
import { useCanvasUi } from "./ui";

const SHOWN_MAX = 50;

export function Search(props: { commands: Commands; blocks: Blocks }) {
  const isOpen = useCanvasUi((state) => state.isSearchOpen);
  return isOpen ? <Panel {...props} /> : null;
}

function Panel({ commands, blocks }: { commands: Commands; blocks: Blocks }) {
  const document = useEditor((state) => state.document);
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const found = useMemo(() => findNodes(document, blocks, query).slice(0, SHOWN_MAX), [document, blocks, query]);
  const chosen = found.length === 0 ? -1 : ((at % found.length) + found.length) % found.length;
  const close = () => {
    useCanvasUi.getState().open({ isSearchOpen: false });
    commands.refocus();
  };
  const go = (index: number) => {
    setAt(index);
    const one = found[((index % found.length) + found.length) % found.length];
    if (!one) return;
    useEditor.getState().select([one.id]);
    commands.show(one.id, { isCentred: true });
  };
  useEffect(() => setAt(0), [query]);
  const onKey = (event: React.KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Escape") close();
    else if (event.key === "Enter" || event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const isShown = chosen >= 0 && useEditor.getState().selection.nodes.has(found[chosen]?.id ?? "");
      go(event.key === "ArrowUp" || event.shiftKey ? chosen - 1 : isShown ? chosen + 1 : chosen);
    }
  };
  return (
    <div role="search" aria-label="Search in this agent" className="absolute top-2 right-2 z-10 flex max-h-[70%] w-80 max-w-[90%] flex-col rounded-lg border border-line bg-raised shadow-lg" onKeyDown={onKey}>
      <div className="flex items-center gap-1 p-1.5">
        <input autoFocus aria-label="Search in this agent" placeholder="Title, block, id or value" value={query} onChange={(event) => setQuery(event.target.value)} className="h-8 min-w-0 flex-1 rounded-md border border-line-strong bg-surface px-2 text-sm" />
        <IconButton label="Close the search" isSmall icon={<X className="size-4" aria-hidden />} onClick={close} />
      </div>
      {query && (
        <>
          <p role="status" className="px-3 pb-1 text-xs text-muted">{found.length === 0 ? "Nothing in this agent has these words." : found.length === 1 ? "1 node" : `${found.length}${found.length === SHOWN_MAX ? " or more" : ""} nodes`}</p>
          <ul className="min-h-0 overflow-y-auto p-1">
            {found.map((one, index) => (
              <li key={one.id}>
                <button type="button" className={cx("block w-full rounded-md px-2 py-1 text-left hover:bg-sunken", index === chosen && "bg-accent-soft")} onClick={() => go(index)}>
                  <span className="block truncate text-sm font-medium">{one.title}</span>
                  <span className="block truncate text-xs text-muted">{one.where}</span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
