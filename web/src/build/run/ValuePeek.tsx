/** The values that went through a link or a pin, beside it, while the pointer is there or the keyboard is on it. */
import { Maximize2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { ago } from "@/data/times";
import type { LiveRun } from "@/run/liveRun";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { ValuePreview, ValueView } from "@/values/ValueView";
import { useEditor } from "../store";
import { type Place, placeOf, type Seen, valuesAt } from "./peek";
import { useNodeTitles } from "./useNodeTitles";

type At = { place: Place; x: number; y: number };

const OPEN_MS = 180;
const CLOSE_MS = 220;
const SHOWN = 3;
const WIDTH = 288;

export function ValuePeek({ live }: { live: LiveRun }) {
  const document = useEditor((state) => state.document);
  const [at, setAt] = useState<At | null>(null);
  const [large, setLarge] = useState<Place | null>(null);
  const card = useRef<HTMLDivElement>(null);
  useHover(setAt, card);
  const seen = at && valuesAt(at.place, document, live.pins);
  const whole = large && valuesAt(large, document, live.pins);
  return (
    <>
      {at && seen && createPortal(
        <div ref={card} role="group" aria-label="Values here" className="fixed z-40 flex w-72 flex-col gap-1.5 rounded-lg border border-line bg-raised p-2.5 text-text shadow-xl" style={{ left: Math.max(8, Math.min(at.x + 12, innerWidth - WIDTH - 8)), top: Math.max(8, Math.min(at.y + 12, innerHeight - 200)) }}>
          <Heading seen={seen} />
          {seen.last.slice(-SHOWN).map((one) => <ValuePreview key={`${one.executionId}-${one.sequence}`} value={one.value} className="rounded bg-sunken px-1.5 py-1 font-mono" />)}
          {seen.last.length === 0 ? (
            <p className="text-xs text-muted">They went through before this page was opened. Choose the node to read them.</p>
          ) : (
            <Button isSmall className="self-start" icon={<Maximize2 className="size-3.5" aria-hidden />} onClick={() => { setLarge(at.place); setAt(null); }}>Show in full</Button>
          )}
        </div>,
        globalThis.document.body,
      )}
      <Dialog isOpen={large !== null} onClose={() => setLarge(null)} size="large" title="Values" description={whole ? `The last ${whole.last.length} of ${whole.count}, the newest first.` : undefined}>
        <ol className="flex flex-col gap-3">
          {whole && [...whole.last].reverse().map((one) => (
            <li key={`${one.executionId}-${one.sequence}`} className="flex flex-col gap-1 border-b border-line pb-3 last:border-0">
              <span className="text-xs text-muted">Execution {one.execution}, value {one.sequence + 1}, {ago(one.at)}</span>
              <ValueView value={one.value} />
            </li>
          ))}
        </ol>
      </Dialog>
    </>
  );
}

function Heading({ seen }: { seen: Seen }) {
  const titles = useNodeTitles();
  const from = seen.sources.map(({ nodeId, pin }) => `${pin} of ${titles(nodeId)}`).join(", ");
  return <p className="text-xs break-words text-muted"><strong className="font-medium text-text">{seen.count === 1 ? "One value" : `${seen.count} values`}</strong> from {from}</p>;
}

/** Open a moment after the pointer rests, or at once for the keyboard; stay while the pointer is on the card. */
function useHover(set: (at: At | null) => void, card: React.RefObject<HTMLDivElement | null>): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const later = (act: () => void, ms: number) => {
      clearTimeout(timer);
      timer = setTimeout(act, ms);
    };
    const over = (event: PointerEvent) => {
      const target = event.target as Element;
      if (event.buttons > 0) return later(() => set(null), 0);
      if (card.current?.contains(target)) return clearTimeout(timer);
      const place = target.closest(".react-flow") ? placeOf(target) : null;
      if (place) later(() => set({ place, x: event.clientX, y: event.clientY }), OPEN_MS);
      else later(() => set(null), CLOSE_MS);
    };
    const focus = (event: FocusEvent) => {
      const target = event.target as Element;
      if (card.current?.contains(target) || !target.matches?.(".react-flow__edge:focus-visible")) return;
      const place = placeOf(target);
      const box = target.getBoundingClientRect();
      if (place) later(() => set({ place, x: box.x + box.width / 2, y: box.y + box.height / 2 }), 0);
    };
    const press = (event: KeyboardEvent) => event.key === "Escape" && later(() => set(null), 0);
    addEventListener("pointerover", over);
    addEventListener("focusin", focus);
    addEventListener("keydown", press);
    return () => {
      clearTimeout(timer);
      removeEventListener("pointerover", over);
      removeEventListener("focusin", focus);
      removeEventListener("keydown", press);
    };
  }, [set, card]);
}
