/** A link on the canvas: in the colour of its value's type, dashed where its value is never used up, with beads for what went along it. */
import { EdgeLabelRenderer, type EdgeProps, getBezierPath } from "@xyflow/react";
import { Plus, Trash2 } from "lucide-react";
import { memo } from "react";
import { cx } from "@/ui/classes";
import { useActions } from "./actions";
import type { FlowEdge } from "./flow";

const TONES: Record<string, string> = { ok: "var(--ok)", warn: "var(--warn)", danger: "var(--danger)", info: "var(--info)", accent: "var(--accent)", neutral: "var(--line-strong)" };

export const LinkEdge = memo(function LinkEdge({ id, data, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition }: EdgeProps<FlowEdge>) {
  const actions = useActions();
  const [path, x, y] = getBezierPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition });
  const mark = data?.mark;
  const colour = data?.isWrong ? "var(--danger)" : mark?.tone ? TONES[mark.tone] : data?.colour;
  return (
    <>
      <path d={path} className="react-flow__edge-path link-path" style={{ "--link": colour } as React.CSSProperties} fill="none" />
      <path d={path} className="react-flow__edge-interaction" fill="none" strokeOpacity={0} strokeWidth={18} />
      {mark?.count ? <Beads count={mark.count} x={x} y={y} /> : null}
      {data?.isAlone && actions && (
        <EdgeLabelRenderer>
          <div className="nodrag nopan absolute z-[1001] flex gap-1" style={{ pointerEvents: "all", transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}>
            <EdgeButton label="Insert a block on this link" onClick={(box) => actions.insertOn(id, { x: box.left, y: box.bottom })} icon={<Plus className="size-3.5" aria-hidden />} />
            <EdgeButton label="Remove this link" onClick={() => actions.removeLink(id)} icon={<Trash2 className="size-3.5" aria-hidden />} />
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
});

function EdgeButton({ label, icon, onClick }: { label: string; icon: React.ReactNode; onClick: (box: DOMRect) => void }) {
  return (
    <button type="button" aria-label={label} title={label} className={cx("flex size-6 items-center justify-center rounded-full border border-line-strong bg-raised text-text shadow hover:bg-sunken")} onClick={(event) => onClick(event.currentTarget.getBoundingClientRect())}>
      {icon}
    </button>
  );
}

/** How many values went along a link, in a bead at its middle. */
function Beads({ count, x, y }: { count: number; x: number; y: number }) {
  const text = count > 999 ? "999+" : String(count);
  const width = 10 + 7 * text.length;
  return (
    <g className="link-bead" aria-hidden>
      <rect x={x - width / 2} y={y - 9} width={width} height={18} rx={9} />
      <text x={x} y={y} textAnchor="middle" dominantBaseline="central">{text}</text>
    </g>
  );
}
