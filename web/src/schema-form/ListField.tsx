/** A list: entries are added, taken away and moved. */
import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react";
import { useRef } from "react";
import type { Json } from "@/graph/document";
import { Button, IconButton } from "@/ui/Button";
import { type FieldProps, useForm } from "./context";
import { Group } from "./Group";
import { below } from "./problems";
import { SchemaField } from "./SchemaField";
import { emptyOf, resolve } from "./schema";

/** An array with one entry at another place. */
export function moved<T>(items: T[], from: number, to: number): T[] {
  const rest = items.filter((_, index) => index !== from);
  return [...rest.slice(0, to), items[from] as T, ...rest.slice(to)];
}

export function ListField(props: FieldProps) {
  const { label, schema, value, onChange, problems } = props;
  const { root, isDisabled } = useForm();
  const items = Array.isArray(value) ? value : [];
  const keys = useKeys(items.length);
  const entry = resolve(schema.items, root);
  const isFull = typeof schema.maxItems === "number" && items.length >= schema.maxItems;
  const put = (next: Json[]) => onChange(next.length === 0 && schema.default === undefined ? undefined : next);
  return (
    <Group {...props}>
      <ol className="flex flex-col gap-1.5">
        {items.map((item, index) => {
          const name = `${label}, entry ${index + 1}`;
          return (
            <li key={keys.at(index)} className="flex items-start gap-1">
              <div className="min-w-0 flex-1">
                <SchemaField name={props.name} label={name} schema={{ ...entry, description: undefined }} value={item} isLabelHidden problems={below(problems, String(index))} onChange={(next) => put(items.map((one, at) => (at === index ? (next ?? null) : one)))} />
              </div>
              <div className="flex shrink-0 pt-0.5">
                <IconButton label={`Move ${name} up`} isSmall disabled={isDisabled || index === 0} icon={<ArrowUp className="size-3.5" aria-hidden />} onClick={() => { keys.move(index, index - 1); put(moved(items, index, index - 1)); }} />
                <IconButton label={`Move ${name} down`} isSmall disabled={isDisabled || index === items.length - 1} icon={<ArrowDown className="size-3.5" aria-hidden />} onClick={() => { keys.move(index, index + 1); put(moved(items, index, index + 1)); }} />
                <IconButton label={`Remove ${name}`} isSmall disabled={isDisabled} icon={<Trash2 className="size-3.5" aria-hidden />} onClick={() => { keys.remove(index); put(items.filter((_, at) => at !== index)); }} />
              </div>
            </li>
          );
        })}
      </ol>
      <Button isSmall className="self-start" disabled={isDisabled || isFull} icon={<Plus className="size-3.5" aria-hidden />} onClick={() => put([...items, emptyOf(entry, root)])}>
        Add an entry<span className="sr-only"> to {label}</span>
      </Button>
    </Group>
  );
}

/** A key for each entry that goes with it when it moves, so that a control keeps what is half written in it. */
export function useKeys(length: number): { at: (index: number) => number; move: (from: number, to: number) => void; remove: (index: number) => void } {
  const state = useRef({ next: 0, keys: [] as number[] });
  const now = state.current;
  while (now.keys.length < length) now.keys.push(now.next++);
  now.keys.length = length;
  return {
    at: (index) => now.keys[index] as number,
    move: (from, to) => (now.keys = moved(now.keys, from, to)),
    remove: (index) => (now.keys = now.keys.filter((_, at) => at !== index)),
  };
}
