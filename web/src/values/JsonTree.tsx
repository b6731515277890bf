/** JSON as a tree that opens branch by branch; a long list shows its elements by hundreds. */
import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { cx } from "@/ui/classes";

const STEP = 100;
const TEXT_MAX = 400;

const TONES: Record<string, string> = { string: "text-ok", number: "text-info", boolean: "text-warn" };

function Plain({ value }: { value: unknown }) {
  const [isWhole, setWhole] = useState(false);
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  const isCut = text.length > TEXT_MAX && !isWhole;
  return (
    <span className={cx("break-words whitespace-pre-wrap", TONES[typeof value] ?? "text-muted")}>
      {isCut ? `${text.slice(0, TEXT_MAX)}… ` : text}
      {isCut && <button type="button" className="text-accent underline" onClick={() => setWhole(true)}>Show all {text.length.toLocaleString()} characters</button>}
    </span>
  );
}

function Branch({ name, value, depth, openTo }: { name: string | null; value: object; depth: number; openTo: number }) {
  const [isOpen, setOpen] = useState(depth < openTo);
  const [shown, setShown] = useState(STEP);
  const entries = Object.entries(value);
  const isList = Array.isArray(value);
  const count = `${entries.length} ${isList ? (entries.length === 1 ? "element" : "elements") : entries.length === 1 ? "field" : "fields"}`;
  return (
    <div>
      <button type="button" aria-expanded={isOpen} className="flex max-w-full items-center gap-1 rounded text-left hover:bg-sunken" onClick={() => setOpen(!isOpen)}>
        <ChevronRight className={cx("size-3 shrink-0 text-muted transition-transform", isOpen && "rotate-90")} aria-hidden />
        {name !== null && <span className="break-all text-text">{name}:</span>}
        <span className="shrink-0 text-muted">{isList ? "[" : "{"}{isOpen ? "" : "…"}{isOpen ? "" : isList ? "]" : "}"} <span className="font-sans text-xs">{count}</span></span>
      </button>
      {isOpen && (
        <div className="ml-1.5 border-l border-line pl-3">
          {entries.slice(0, shown).map(([key, one]) => <Entry key={key} name={key} value={one} depth={depth + 1} openTo={openTo} />)}
          {entries.length > shown && (
            <button type="button" className="text-accent underline" onClick={() => setShown(shown + STEP)}>
              Show {Math.min(STEP, entries.length - shown)} more of {entries.length.toLocaleString()}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function Entry({ name, value, depth, openTo }: { name: string | null; value: unknown; depth: number; openTo: number }) {
  if (typeof value === "object" && value !== null && Object.keys(value).length > 0) return <Branch name={name} value={value} depth={depth} openTo={openTo} />;
  return (
    <div className="pl-4">
      {name !== null && <span className="break-all">{name}: </span>}
      {typeof value === "object" && value !== null ? <span className="text-muted">{Array.isArray(value) ? "[ ]" : "{ }"}</span> : <Plain value={value} />}
    </div>
  );
}

export function JsonTree({ value, openTo = 2 }: { value: unknown; openTo?: number }) {
  return <div className="min-w-0 font-mono text-xs leading-5"><Entry name={null} value={value} depth={0} openTo={openTo} /></div>;
}
