/** An object with keys of one's own. A key counts when it has a name that no other has. */
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Json, JsonObject, Schema } from "@/graph/document";
import { Button, IconButton } from "@/ui/Button";
import { inputClass } from "@/ui/fields";
import { cx } from "@/ui/classes";
import { type FieldProps, useForm } from "./context";
import { Group } from "./Group";
import { below } from "./problems";
import { SchemaField } from "./SchemaField";
import { emptyOf, resolve } from "./schema";

export function MapField(props: FieldProps) {
  return (
    <Group {...props}>
      <MapRows {...props} />
    </Group>
  );
}

type Row = { id: number; key: string; value: Json };

/** The object that rows say: those without a name, and second ones of a name, are left out. */
export function objectOf(rows: Row[]): JsonObject {
  const found: JsonObject = {};
  for (const row of rows) {
    if (row.key !== "" && !(row.key in found)) found[row.key] = row.value;
  }
  return found;
}

const sameKeys = (rows: Row[], object: JsonObject): boolean => JSON.stringify(objectOf(rows)) === JSON.stringify(object);

export function MapRows({ label, schema, value, onChange, problems }: FieldProps) {
  const { root, isDisabled } = useForm();
  const object = (typeof value === "object" && value !== null && !Array.isArray(value) ? value : {}) as JsonObject;
  const [kept, setKept] = useState<Row[]>([]);
  const rows = sameKeys(kept, object) ? kept : Object.entries(object).map(([key, one], id) => ({ id, key, value: one }));
  const put = (next: Row[]) => {
    setKept(next);
    const now = objectOf(next);
    onChange(Object.keys(now).length === 0 ? undefined : now);
  };
  const entry: Schema = typeof schema.additionalProperties === "object" ? resolve(schema.additionalProperties, root) : {};
  const change = (id: number, part: Partial<Row>) => put(rows.map((row) => (row.id === id ? { ...row, ...part } : row)));
  return (
    <div className="flex flex-col gap-1.5">
      {rows.map((row, index) => {
        const isTwice = row.key !== "" && rows.findIndex((one) => one.key === row.key) < index;
        const name = row.key || `entry ${index + 1}`;
        return (
          <div key={row.id} className="flex items-start gap-1">
            <div className="w-2/5 min-w-0">
              <input
                aria-label={`Key ${index + 1} of ${label}`}
                aria-invalid={isTwice || undefined}
                className={cx(inputClass, "h-8")}
                placeholder="Key"
                autoComplete="off"
                // A row that was just added begins with its name.
                autoFocus={row.key === "" && rows === kept}
                disabled={isDisabled}
                value={row.key}
                onChange={(event) => change(row.id, { key: event.target.value })}
              />
              {isTwice && <p role="alert" className="text-xs text-danger">Another entry has this key.</p>}
            </div>
            <div className="min-w-0 flex-1">
              <SchemaField name="value" label={`Value of ${name} in ${label}`} schema={{ ...entry, title: undefined, description: undefined }} value={row.value} isLabelHidden problems={below(problems, row.key)} onChange={(next) => change(row.id, { value: next ?? null })} />
            </div>
            <IconButton label={`Remove ${name} from ${label}`} isSmall className="mt-0.5" disabled={isDisabled} icon={<Trash2 className="size-3.5" aria-hidden />} onClick={() => put(rows.filter((one) => one.id !== row.id))} />
          </div>
        );
      })}
      <Button isSmall className="self-start" disabled={isDisabled} icon={<Plus className="size-3.5" aria-hidden />} onClick={() => put([...rows, { id: Math.max(-1, ...rows.map((one) => one.id)) + 1, key: "", value: emptyOf(entry, root) }])}>
        Add an entry<span className="sr-only"> to {label}</span>
      </Button>
    </div>
  );
}
