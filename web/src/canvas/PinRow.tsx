/** One pin of a node: its handle, its name, and its constant in a few words. */
import { Handle, Position } from "@xyflow/react";
import { KeyRound, Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { cx } from "@/ui/classes";
import type { GraphNode } from "@/graph/document";
import { colourOf, constantOf, type Pin } from "@/graph/pins";
import { TYPE_WORDS } from "@/graph/words";
import { useActions } from "./actions";
import type { BlockData } from "./flow";
import { ROW, type Row } from "./shape";
import { shortOf } from "./values";

type RowProps = { row: Row; node: GraphNode; title: string; isChosen: boolean; problems: BlockData["problems"] };

export function PinRow({ row, node, title, isChosen, problems }: RowProps) {
  const { pin, side, y } = row;
  const isInput = side === "input";
  const isWrong = isInput && problems.some((one) => one.pin === pin.name && one.severity === "ERROR");
  const about = describe(pin);
  return (
    <div className={cx("group/pin absolute inset-x-0 flex items-center gap-1.5 text-xs", isInput ? "pr-2 pl-3" : "justify-end pr-3 pl-2")} style={{ top: y, height: ROW }} title={about}>
      {!(isInput && pin.isCredential) && (
        <Handle
          id={pin.name}
          type={isInput ? "target" : "source"}
          position={isInput ? Position.Left : Position.Right}
          className={cx("pin-handle", pin.isLinked && "is-linked", pin.type === "array" && "is-list")}
          style={{ "--pin": colourOf(pin.type) } as React.CSSProperties}
          data-pin={`${side}:${pin.name}`}
          aria-hidden
        />
      )}
      {isInput ? <Input pin={pin} node={node} isWrong={isWrong} /> : <span className={cx("truncate", pin.name === "error" ? "text-muted" : "text-text", pin.isDynamic && "italic")}>{pin.title}</span>}
      <Plusses row={row} node={node} title={title} isChosen={isChosen} />
    </div>
  );
}

function Input({ pin, node, isWrong }: { pin: Pin; node: GraphNode; isWrong: boolean }) {
  const short = pin.isLinked ? null : shortOf(pin, constantOf(node, pin.name));
  return (
    <>
      {pin.isCredential && <KeyRound className="-ml-1 size-3 shrink-0 text-muted" aria-hidden />}
      <span className={cx("max-w-[60%] shrink-0 truncate", isWrong ? "text-danger" : pin.isUnknown ? "text-warn" : "text-text", pin.isDynamic && "pl-2 italic")}>
        {pin.title}
        {pin.isRequired && <span className="text-danger" aria-hidden>*</span>}
      </span>
      {!short && <span className="flex-1" />}
      {short && <span className={cx("min-w-0 flex-1 truncate text-right", short.isDefault ? "text-muted" : "font-mono text-text")}>{short.text}</span>}
    </>
  );
}

/** What can be added at a pin: a node that fits it, or a part of its value. Seen where the pointer or the keyboard is. */
function Plusses({ row: { pin, side }, node, title, isChosen }: Omit<RowProps, "problems">) {
  const actions = useActions();
  const [isNaming, setNaming] = useState(false);
  if (!actions || (side === "input" && pin.isCredential)) return null;
  const button = "nodrag size-5 shrink-0 items-center justify-center rounded border border-line-strong bg-raised text-muted hover:text-text";
  const seen = isChosen ? "flex" : "hidden group-hover/pin:flex";
  const takesParts = side === "input" && !pin.isDynamic && !pin.isLinked && (pin.type === "object" || pin.type === "array");
  if (isNaming) return <PartName onDone={(key) => { setNaming(false); if (key) actions.addPart(node.id, pin.name, key); }} />;
  return (
    <>
      {takesParts && (
        <button type="button" tabIndex={isChosen ? 0 : -1} className={cx(button, seen, "w-auto px-1 text-[10px]")} aria-label={`${pin.type === "object" ? "Add a key to" : "Add an item to"} ${pin.title} of ${title}`} onClick={() => (pin.type === "object" ? setNaming(true) : actions.addPart(node.id, pin.name, ""))}>
          {pin.type === "object" ? "+ key" : "+ item"}
        </button>
      )}
      <button
        type="button"
        tabIndex={isChosen ? 0 : -1}
        className={cx(button, seen)}
        aria-label={`Add a block at ${pin.title} of ${title}`}
        onClick={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          actions.addFrom(node.id, side, pin.name, { x: side === "input" ? box.left : box.right, y: box.top });
        }}
      >
        <Plus className="size-3" aria-hidden />
      </button>
    </>
  );
}

function PartName({ onDone }: { onDone: (key: string) => void }) {
  const [key, setKey] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onDone(key.trim());
  };
  return (
    <form onSubmit={submit} className="nodrag nopan flex min-w-0 flex-1">
      <input autoFocus aria-label="Name of the key" placeholder="Key" value={key} onChange={(event) => setKey(event.target.value)} onBlur={() => onDone(key.trim())} onKeyDown={(event) => { event.stopPropagation(); if (event.key === "Escape") onDone(""); }} className="h-5 w-full min-w-0 rounded border border-line-strong bg-surface px-1 text-xs" />
    </form>
  );
}

function describe(pin: Pin): string {
  const type = TYPE_WORDS[pin.type];
  return [`${pin.title} (${pin.name}): ${type}`, pin.schema.description, pin.isUnknown ? "The block has no such pin." : ""].filter(Boolean).join("\n");
}
