/** Looks for runs by a part of the agent's name, or by an id or the address of one; what is written counts once it rests. */
import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { inputClass } from "@/ui/fields";
import { SEARCH_CHARS_MAX, soughtIn } from "./filters";
import { useSettled } from "./useSettled";

const REST_MS = 300;

export function SearchBox({ value, onChange }: { value: string | null; onChange: (search: string | null) => void }) {
  const [text, setText] = useState(value ?? "");
  const settled = useSettled(text, REST_MS);
  const said = useRef(value ?? "");
  useEffect(() => {
    const next = soughtIn(settled).slice(0, SEARCH_CHARS_MAX);
    if (next === said.current) return;
    said.current = next;
    onChange(next || null);
    // What is said counts when it rests, and not when another filter is changed.
  }, [settled]);
  // A saved view, or the way back, says otherwise.
  useEffect(() => {
    if ((value ?? "") === said.current) return;
    said.current = value ?? "";
    setText(value ?? "");
  }, [value]);
  return (
    <div className="relative w-60">
      <Search className="pointer-events-none absolute top-2 left-2 size-4 text-muted" aria-hidden />
      <input type="search" aria-label="Search by agent or run id" placeholder="Agent or run id" autoComplete="off" spellCheck={false} className={`${inputClass} h-8 pl-8`} value={text} onChange={(event) => setText(event.target.value)} />
    </div>
  );
}
