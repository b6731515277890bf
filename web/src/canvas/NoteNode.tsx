/** A note on the canvas: text for people, which no run sees. */
import { NodeResizer, type NodeProps } from "@xyflow/react";
import { memo, useEffect, useState } from "react";
import { cx } from "@/ui/classes";
import { useActions } from "./actions";
import type { NoteFlow } from "./flow";

export const NoteNode = memo(function NoteNode({ data, selected }: NodeProps<NoteFlow>) {
  const actions = useActions();
  const text = String(data.node.input_default?.text ?? "");
  const [draft, setDraft] = useState(text);
  useEffect(() => setDraft(text), [text]);
  return (
    <div className={cx("h-full rounded-md border bg-warn-soft p-2 text-sm text-text", selected ? "border-accent ring-2 ring-accent" : "border-warn")}>
      {actions && <NodeResizer isVisible={selected} minWidth={120} minHeight={60} onResizeEnd={(_, size) => actions.resizeNote(data.node.id, { width: Math.round(size.width), height: Math.round(size.height) })} />}
      {actions ? (
        <textarea
          aria-label="Text of the note"
          placeholder="Write a note"
          tabIndex={selected ? 0 : -1}
          className={cx("h-full w-full resize-none bg-transparent placeholder:text-muted", selected && "nodrag nowheel")}
          value={draft}
          onChange={(event) => { setDraft(event.target.value); actions.setNote(data.node.id, event.target.value); }}
          onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
        />
      ) : (
        <p className="h-full overflow-hidden whitespace-pre-wrap break-words">{text}</p>
      )}
    </div>
  );
});
