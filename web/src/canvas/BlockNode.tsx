/** A node on the canvas: its title, its pins with their constants, and what is wrong with it. From afar only its title. */
import { type NodeProps, useStore } from "@xyflow/react";
import { ChevronDown, ChevronUp, CircleAlert, Ellipsis, TriangleAlert } from "lucide-react";
import { memo } from "react";
import { cx } from "@/ui/classes";
import { blockTitle } from "@/graph/words";
import { useActions } from "./actions";
import { iconOf } from "./categories";
import { type BlockData, type BlockFlow, FAR } from "./flow";
import { MarkBadges, MarkBelow, markBorder, markGround } from "./MarkOverlay";
import { PinRow } from "./PinRow";
import { FOOT, HEADER } from "./shape";

const isFar = (state: { transform: [number, number, number] }): boolean => state.transform[2] < FAR;

export const BlockNode = memo(function BlockNode({ data, selected }: NodeProps<BlockFlow>) {
  const far = useStore(isFar);
  const isOff = data.node.is_disabled === true;
  return (
    <div
      className={cx(
        "relative h-full rounded-lg border",
        isOff ? "border-dashed bg-sunken" : ((far && markGround(data.mark)) || "bg-surface"),
        selected ? "border-accent ring-2 ring-accent" : (markBorder(data.mark) ?? (data.problems.some(isError) ? "border-danger" : "border-line-strong")),
        data.mark && markBorder(data.mark) && !selected && "ring-1 ring-current",
      )}
      data-node={data.node.id}
    >
      {far ? <Afar data={data} /> : <Near data={data} isChosen={selected === true} />}
      {!far && data.mark && <MarkBelow mark={data.mark} />}
    </div>
  );
});

const isError = (problem: { severity: string }): boolean => problem.severity === "ERROR";

function Afar({ data }: { data: BlockData }) {
  return (
    <div className="flex h-full items-center justify-center overflow-hidden p-3 text-center text-2xl leading-tight font-semibold">
      <span className="line-clamp-3 break-words">{data.title}</span>
    </div>
  );
}

function Near({ data, isChosen }: { data: BlockData; isChosen: boolean }) {
  const actions = useActions();
  const { node, block, shape } = data;
  const Icon = iconOf(block);
  const own = node.metadata?.customized_name && block ? blockTitle(block) : null;
  const state = node.is_disabled ? "Switched off" : !block ? "Not known here" : !block.isInstalled ? "Not installed" : block.disabledReason ? "Cannot run here" : own;
  return (
    <>
      <header style={{ height: HEADER }} className="flex items-center gap-2 border-b border-line px-2.5">
        <Icon className="size-4 shrink-0 text-accent" aria-hidden />
        <span className="min-w-0 flex-1">
          <span className="block truncate text-sm leading-tight font-semibold" title={data.title}>{data.title}</span>
          {state && <span className={cx("block truncate text-xs leading-tight", block?.isInstalled && !block.disabledReason ? "text-muted" : "text-warn")} title={block?.disabledReason ?? state}>{state}</span>}
        </span>
        {data.problems.length > 0 && <ProblemSign problems={data.problems} />}
        {data.mark && <MarkBadges mark={data.mark} />}
        {actions && (
          <button
            type="button"
            aria-label={`What to do with ${data.title}`}
            tabIndex={isChosen ? 0 : -1}
            className="nodrag flex size-6 shrink-0 items-center justify-center rounded text-muted hover:bg-sunken"
            onClick={(event) => {
              const box = event.currentTarget.getBoundingClientRect();
              actions.openMenu(node.id, { x: box.left, y: box.bottom });
            }}
          >
            <Ellipsis className="size-4" aria-hidden />
          </button>
        )}
      </header>
      {shape.rows.map((row) => (
        <PinRow key={`${row.side}:${row.pin.name}`} row={row} node={node} title={data.title} isChosen={isChosen} problems={data.problems} />
      ))}
      {shape.canExpand && <Foot data={data} isChosen={isChosen} />}
    </>
  );
}

function ProblemSign({ problems }: { problems: BlockData["problems"] }) {
  const error = problems.find(isError);
  const Icon = error ? CircleAlert : TriangleAlert;
  const text = problems.map((one) => `${one.message} ${one.remedy}`).join("\n");
  return (
    <span title={text} className={cx("shrink-0", error ? "text-danger" : "text-warn")} data-problem={error ? "error" : "warning"}>
      <Icon className="size-4" aria-hidden />
      <span className="sr-only">{text}</span>
    </span>
  );
}

function Foot({ data, isChosen }: { data: BlockData; isChosen: boolean }) {
  const actions = useActions();
  const { shape, node } = data;
  const Icon = shape.isExpanded ? ChevronUp : ChevronDown;
  const text = shape.isExpanded ? "Fewer" : `${shape.hiddenCount} more`;
  const look = "absolute inset-x-0 bottom-0 flex items-center justify-center gap-1 rounded-b-lg border-t border-line text-xs text-muted";
  if (!actions) return <span style={{ height: FOOT }} className={look}>{text}</span>;
  return (
    <button type="button" style={{ height: FOOT }} tabIndex={isChosen ? 0 : -1} aria-expanded={shape.isExpanded} aria-label={`${text}: ${shape.isExpanded ? "hide" : "show"} the advanced inputs of ${data.title}`} className={cx(look, "nodrag hover:bg-sunken")} onClick={() => actions.toggleAdvanced(node.id)}>
      <Icon className="size-3.5" aria-hidden />
      {text}
    </button>
  );
}
