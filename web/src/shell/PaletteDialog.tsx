/** The palette: one field, and a list that the arrow keys walk. Who types an id of a run finds that run. */
import { Search } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { lazy, Suspense, useEffect, useId, useMemo, useRef, useState } from "react";
import { cx } from "@/ui/classes";
import { fitting, openPalette, usePalette } from "./commands";
import { type Runnable, usePaletteCommands } from "./usePaletteCommands";

const RunDialog = lazy(() => import("@/run/RunDialog").then((module) => ({ default: module.RunDialog })));
const BlockDocs = lazy(() => import("./BlockDocs"));
const SHOWN_MAX = 60;

export default function PaletteDialog({ showShortcuts }: { showShortcuts: () => void }) {
  const { isOpen } = usePalette();
  const [running, setRunning] = useState<Runnable | null>(null);
  const [explained, setExplained] = useState<string | null>(null);
  return (
    <>
      <Radix.Root open={isOpen} onOpenChange={openPalette}>
        <Radix.Portal>
          <Radix.Overlay className="fixed inset-0 z-50 bg-black/45" />
          <Radix.Content aria-describedby={undefined} className="fixed top-[12vh] left-1/2 z-50 flex max-h-[70dvh] w-[40rem] max-w-[96vw] -translate-x-1/2 flex-col overflow-hidden rounded-xl border border-line bg-raised shadow-2xl">
            <Radix.Title className="sr-only">Search and commands</Radix.Title>
            <Body showShortcuts={showShortcuts} run={setRunning} explain={setExplained} />
          </Radix.Content>
        </Radix.Portal>
      </Radix.Root>
      {explained && (
        <Suspense fallback={null}>
          <BlockDocs uuid={explained} onClose={() => setExplained(null)} />
        </Suspense>
      )}
      {running && (
        <Suspense fallback={null}>
          <RunDialog agent={running} isOpen onClose={() => setRunning(null)} />
        </Suspense>
      )}
    </>
  );
}

function Body({ showShortcuts, run, explain }: { showShortcuts: () => void; run: (agent: Runnable) => void; explain: (blockUuid: string) => void }) {
  const id = useId();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const { fixed, found, isLoading } = usePaletteCommands(typed, { showShortcuts, run, explain });
  const shown = useMemo(() => ordered([...found, ...fitting(fixed, typed)]).slice(0, SHOWN_MAX), [fixed, found, typed]);
  const chosen = Math.min(at, shown.length - 1);
  useEffect(() => {
    list.current?.querySelector(`[data-at="${chosen}"]`)?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  const act = (index: number) => {
    const command = shown[index];
    if (!command) return;
    openPalette(false);
    command.act();
  };
  const press = (event: React.KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (step !== undefined && shown.length > 0) {
      event.preventDefault();
      const isEnd = Math.abs(step) > 1;
      setAt(isEnd ? Math.max(0, Math.min(shown.length - 1, chosen + step)) : (chosen + step + shown.length) % shown.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      act(chosen);
    }
  };
  return (
    <>
      <div className="flex items-center gap-2 border-b border-line px-4">
        <Search className="size-4 shrink-0 text-muted" aria-hidden />
        <input
          autoFocus
          role="combobox"
          aria-expanded
          aria-controls={`${id}-list`}
          aria-activedescendant={shown[chosen] ? `${id}-${chosen}` : undefined}
          aria-label="Search for agents, runs, screens and actions"
          placeholder="Search for agents, runs, screens and actions"
          className="h-12 w-full bg-transparent text-sm text-text outline-none placeholder:text-muted"
          value={typed}
          onChange={(event) => { setTyped(event.target.value); setAt(0); }}
          onKeyDown={press}
        />
      </div>
      <ul ref={list} id={`${id}-list`} role="listbox" aria-label="Results" className="min-h-0 flex-1 overflow-y-auto p-2">
        {shown.map((command, index) => (
          <li key={command.id} role="presentation">
            {command.group !== shown[index - 1]?.group && <div role="presentation" className="px-2 pt-2 pb-1 text-xs font-medium text-muted">{command.group}</div>}
            <div
              id={`${id}-${index}`}
              data-at={index}
              role="option"
              aria-selected={index === chosen}
              className={cx("flex cursor-pointer items-center gap-3 rounded-md px-2 py-1.5 text-sm", index === chosen && "bg-accent-soft")}
              onPointerMove={() => setAt(index)}
              onClick={() => act(index)}
            >
              <span className="min-w-0 flex-1 truncate">{command.label}</span>
              {command.hint && <span className="shrink-0 text-xs text-muted">{command.hint}</span>}
              {command.shortcut && <kbd className="shrink-0 font-mono text-xs text-muted">{command.shortcut}</kbd>}
            </div>
          </li>
        ))}
      </ul>
      <p role="status" className={cx("px-4 py-3 text-sm text-muted", shown.length > 0 && "sr-only")}>
        {shown.length > 0 ? `${shown.length} found` : isLoading ? "Searching" : "Nothing has that name. Try a part of it, or paste the id of a run."}
      </p>
    </>
  );
}

/** Each group in one piece, in the order in which the groups come first; blocks, of which there are many, stand last. */
function ordered<Item extends { group: string }>(commands: Item[]): Item[] {
  const groups = [...new Set(commands.map((one) => one.group))].sort((a, b) => Number(a === "Blocks") - Number(b === "Blocks"));
  return groups.flatMap((group) => commands.filter((one) => one.group === group));
}
