/** A table: rows of plain cells. Cells of a spreadsheet can be pasted in. */
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import type { JsonObject } from "@/graph/document";
import { Button, IconButton } from "@/ui/Button";
import { inputClass } from "@/ui/fields";
import { cx } from "@/ui/classes";
import { type FieldProps, useForm } from "./context";
import { Group } from "./Group";
import { useKeys } from "./ListField";
import { below } from "./problems";
import { resolve, titleOfField } from "./schema";
import { cellOf, columnsOf, pasted, textOf, withCell } from "./table";

export function TableField(props: FieldProps) {
  const { label, schema, value, onChange, problems } = props;
  const { root, isDisabled } = useForm();
  const rows = (Array.isArray(value) ? value : []).map((one) => (typeof one === "object" && one !== null && !Array.isArray(one) ? one : {})) as JsonObject[];
  const keys = useKeys(rows.length);
  const [added, setAdded] = useState<string[]>([]);
  const [name, setName] = useState("");
  const items = resolve(schema.items, root);
  const columns = columnsOf(schema, rows, added, root);
  const columnSchema = (column: string) => resolve(items.properties?.[column], root);
  const isOpen = items.additionalProperties !== false && !items.properties;
  const put = (next: JsonObject[]) => onChange(next.length === 0 ? undefined : next);
  const add = () => {
    if (name.trim() && !columns.includes(name.trim())) setAdded([...added, name.trim()]);
    setName("");
  };
  const wrong = problems.filter((one) => one.path.length > 0).map((one) => `Row ${Number(one.path[0]) + 1}${one.path[1] ? `, ${one.path[1]}` : ""}: ${one.message}`);
  return (
    <Group {...props}>
      {columns.length > 0 && (
        <div className="overflow-x-auto rounded-md border border-line">
          <table className="w-full border-collapse text-sm">
            <thead>
              <tr className="border-b border-line text-left text-xs text-muted">
                {columns.map((column) => (
                  <th key={column} scope="col" className="px-1.5 py-1 font-medium">{items.properties?.[column] ? titleOfField(column, columnSchema(column)) : column}</th>
                ))}
                <th scope="col" className="w-8"><span className="sr-only">Remove</span></th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row, index) => (
                <tr key={keys.at(index)} className="border-b border-line last:border-0">
                  {columns.map((column, at) => (
                    <td key={column} className="p-0.5">
                      <input
                        aria-label={`${column}, row ${index + 1}`}
                        aria-invalid={below(problems, String(index), column).length > 0 || undefined}
                        className={cx(inputClass, "h-7 min-w-20 border-transparent px-1.5")}
                        autoComplete="off"
                        disabled={isDisabled}
                        value={textOf(row[column])}
                        onChange={(event) => put(withCell(rows, index, column, cellOf(event.target.value, columnSchema(column))))}
                        onPaste={(event) => {
                          const text = event.clipboardData.getData("text/plain");
                          if (!/[\t\n]/.test(text.replace(/\r?\n$/, ""))) return;
                          event.preventDefault();
                          put(pasted(rows, columns, { row: index, column: at }, text, columnSchema));
                        }}
                      />
                    </td>
                  ))}
                  <td className="p-0.5">
                    <IconButton label={`Remove row ${index + 1} of ${label}`} isSmall disabled={isDisabled} icon={<Trash2 className="size-3.5" aria-hidden />} onClick={() => { keys.remove(index); put(rows.filter((_, at) => at !== index)); }} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <div className="flex flex-wrap items-center gap-1.5">
        {columns.length > 0 && (
          <Button isSmall disabled={isDisabled} icon={<Plus className="size-3.5" aria-hidden />} onClick={() => put([...rows, {}])}>
            Add a row<span className="sr-only"> to {label}</span>
          </Button>
        )}
        {isOpen && (
          <>
            <input aria-label={`Name of a new column of ${label}`} placeholder="Column name" className={cx(inputClass, "h-7 w-32 text-xs")} disabled={isDisabled} value={name} onChange={(event) => setName(event.target.value)} onKeyDown={(event) => { if (event.key === "Enter") { event.preventDefault(); add(); } }} />
            <Button isSmall disabled={isDisabled || !name.trim() || columns.includes(name.trim())} onClick={add}>Add a column</Button>
          </>
        )}
      </div>
      {wrong.length > 0 && <p role="alert" className="text-xs text-danger">{wrong.slice(0, 5).join(" ")}</p>}
    </Group>
  );
}
