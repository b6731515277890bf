/** The upper edge of the run's panel: dragged, or moved by the arrow keys; a double click gives the first height back. */
import { type PointerEvent, useRef } from "react";
import { HEIGHT, heightByKey, heightMax, heightWithin } from "./panelSize";

export function PanelEdge({ height, setHeight }: { height: number; setHeight: (height: number) => void }) {
  const begun = useRef<{ y: number; height: number } | null>(null);
  const begin = (event: PointerEvent) => {
    if (event.button !== 0) return;
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    begun.current = { y: event.clientY, height };
  };
  const move = (event: PointerEvent) => {
    if (begun.current) setHeight(heightWithin(begun.current.height + begun.current.y - event.clientY, window.innerHeight));
  };
  const end = () => {
    begun.current = null;
  };
  return (
    <div
      role="separator"
      aria-label="Height of the run’s panel"
      aria-orientation="horizontal"
      aria-valuenow={height}
      aria-valuemin={HEIGHT.min}
      aria-valuemax={heightMax(window.innerHeight)}
      tabIndex={0}
      title="Drag it, or use the arrow keys"
      className="relative z-10 -mb-1.5 h-1.5 shrink-0 cursor-row-resize touch-none hover:bg-accent focus-visible:bg-accent"
      onPointerDown={begin}
      onPointerMove={move}
      onPointerUp={end}
      onPointerCancel={end}
      onDoubleClick={() => setHeight(HEIGHT.low)}
      onKeyDown={(event) => {
        const next = heightByKey(event.key, height, window.innerHeight);
        if (next === null) return;
        event.preventDefault();
        setHeight(next);
      }}
    />
  );
}
