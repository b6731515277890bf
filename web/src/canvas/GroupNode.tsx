/** A frame around nodes that belong together, with a title. It is dragged by the title, and its nodes come along. */
import type { NodeProps } from "@xyflow/react";
import { Ungroup } from "lucide-react";
import { memo, useEffect, useState } from "react";
import { cx } from "@/ui/classes";
import { useActions } from "./actions";
import type { GroupFlow } from "./flow";

export const GroupNode = memo(function GroupNode({ data, selected }: NodeProps<GroupFlow>) {
  const actions = useActions();
  const [draft, setDraft] = useState(data.title);
  useEffect(() => setDraft(data.title), [data.title]);
  return (
    <div className={cx("h-full rounded-xl border-2 border-dashed", selected ? "border-accent" : "border-line-strong")}>
      <div className="group-title flex h-8 cursor-move items-center gap-1 px-2">
        {actions ? (
          <>
            <input aria-label="Name of the group" tabIndex={selected ? 0 : -1} value={draft} onChange={(event) => setDraft(event.target.value)} onBlur={() => actions.renameGroup(data.id, draft.trim() || "Group")} onKeyDown={(event) => { event.stopPropagation(); if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur(); }} className="nodrag w-40 rounded bg-transparent px-1 text-sm font-semibold text-muted" />
            <span className="flex-1" />
            {selected && (
              <button type="button" aria-label={`Take the group ${data.title} apart`} className="nodrag flex size-6 items-center justify-center rounded text-muted hover:bg-sunken" onClick={() => actions.ungroup(data.id)}>
                <Ungroup className="size-4" aria-hidden />
              </button>
            )}
          </>
        ) : (
          <span className="text-sm font-semibold text-muted">{data.title}</span>
        )}
      </div>
    </div>
  );
});
