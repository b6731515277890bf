/** One input of a node: its constant, or where it is linked from, with a switch between the two; its parts stand below it. */
import { Link2, X } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { Blocks } from "@/blocks/blocks";
import type { GraphNode, Schema } from "@/graph/document";
import { setInput } from "@/graph/edits";
import { type Pin, stepTitle } from "@/graph/pins";
import { below, type FieldProblem } from "@/schema-form/problems";
import { FormContext } from "@/schema-form/context";
import { SchemaField } from "@/schema-form/SchemaField";
import { Button, IconButton } from "@/ui/Button";
import { inputClass } from "@/ui/fields";
import { cx } from "@/ui/classes";
import { partName, useCanvasUi } from "../canvas/ui";
import { useEditor } from "../store";
import { linksInto, PinLinks } from "./PinLinks";

type Props = { node: GraphNode; pin: string; label: string; /** What is seen of the label, where that is less. */ title?: string; isRequired?: boolean; help?: string; blocks: Blocks; field: ReactNode; children?: ReactNode };

export function PinField({ node, pin, label, title = label, isRequired, help, blocks, field, children }: Props) {
  const isReadOnly = useEditor((state) => state.isReadOnly);
  const isLinked = useEditor((state) => linksInto(state.document, node.id, pin).length > 0);
  const [isChoosing, setChoosing] = useState(false);
  const isLinks = isLinked || isChoosing;
  return (
    <div className="group/pin relative">
      {isLinks ? (
        <div role="group" aria-label={label} className="flex flex-col gap-1 pr-8">
          <span className="text-sm font-medium">{title}{isRequired && <span className="text-danger" aria-hidden> *</span>}</span>
          {help && <p className="text-xs text-muted">{help}</p>}
          <PinLinks nodeId={node.id} pin={pin} label={label} blocks={blocks} isChoosing={isChoosing} onChosen={() => setChoosing(false)} />
        </div>
      ) : (
        <div className="flex items-start gap-1">
          <div className="min-w-0 flex-1">{field}</div>
          {!isReadOnly && <span className="w-7 shrink-0" />}
        </div>
      )}
      {!isReadOnly && (
        <IconButton
          label={isChoosing ? (isLinked ? `Add no other link to ${label}` : `Write ${label} here`) : isLinked ? `Link ${label} from another node, too` : `Link ${label} instead`}
          isSmall
          isPressed={isChoosing}
          className="absolute top-0 right-0"
          icon={isChoosing ? <X className="size-3.5" aria-hidden /> : <Link2 className="size-3.5" aria-hidden />}
          onClick={() => setChoosing(!isChoosing)}
        />
      )}
      {children}
    </div>
  );
}

type PartsProps = { node: GraphNode; pin: string; label: string; parts: string[]; pins: readonly Pin[]; kind: "key" | "item" | null; root: Schema; problems: FieldProblem[]; blocks: Blocks };

/** The parts of a list or an object that are pins of their own, and a way to begin another. */
export function Parts({ node, pin, label, parts, pins, kind, root, problems, blocks }: PartsProps) {
  const { change, isReadOnly } = useEditor.getState();
  const addPin = useCanvasUi((state) => state.addPin);
  const [key, setKey] = useState<string | null>(null);
  const canAdd = kind !== null && !isReadOnly;
  if (parts.length === 0 && !canAdd) return null;
  const add = (name: string) => {
    addPin(node.id, partName(pin, name, parts));
    setKey(null);
  };
  return (
    <div className={cx("mt-1.5 flex flex-col gap-2", parts.length > 0 && "border-l-2 border-line pl-3")}>
      {parts.map((name) => {
        const schema = pins.find((one) => one.name === name)?.schema ?? {};
        const title = stepTitle(name);
        const part = { ...schema, title, description: undefined, default: undefined };
        const field = (
          <FormContext.Provider value={{ root: schema.$defs ? { ...root, $defs: schema.$defs } : root, isDisabled: isReadOnly }}>
            <SchemaField name={title} label={title} schema={part} value={node.input_default[name]} problems={below(problems, name)} onChange={(next) => change(`Edit ${title}`, (now) => setInput(now, node.id, name, next), { merge: `input:${node.id}:${name}` })} />
          </FormContext.Provider>
        );
        return (
          <div key={name} data-field={name}>
            <PinField node={node} pin={name} label={`${title} of ${label}`} title={title} blocks={blocks} field={field} />
          </div>
        );
      })}
      {canAdd && key === null && (
        <Button look="quiet" isSmall className="self-start text-muted" onClick={() => (kind === "item" ? add("") : setKey(""))}>
          {kind === "item" ? "Add an item as a pin" : "Add a key as a pin"}<span className="sr-only"> to {label}</span>
        </Button>
      )}
      {key !== null && (
        <form className="flex gap-1" onSubmit={(event) => { event.preventDefault(); if (key.trim()) add(key.trim()); }}>
          <input autoFocus aria-label={`Key of a new pin of ${label}`} className={cx(inputClass, "h-7 text-xs")} placeholder="Key" value={key} onChange={(event) => setKey(event.target.value)} onKeyDown={(event) => { if (event.key === "Escape") { event.stopPropagation(); setKey(null); } }} />
          <Button isSmall type="submit" disabled={!key.trim()}>Add</Button>
        </form>
      )}
    </div>
  );
}
