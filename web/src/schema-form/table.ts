/** A list of objects as rows and columns, and what is pasted from a spreadsheet into it. Never draws anything. */
import type { Json, JsonObject, Schema } from "@/graph/document";
import { resolve } from "./schema";
import { readNumber } from "./NumberField";

/** The columns: those that the schema names, and those that a row has besides. */
export function columnsOf(schema: Schema, rows: JsonObject[], added: string[], root: Schema): string[] {
  const named = Object.keys(resolve(schema.items, root).properties ?? {});
  return [...new Set([...named, ...rows.flatMap((row) => Object.keys(row)), ...added])];
}

/** A cell's value from its text, by what its column takes; nothing for an empty one. */
export function cellOf(text: string, column: Schema): Json | undefined {
  if (text === "") return undefined;
  if (column.type === "number" || column.type === "integer") return readNumber(text);
  if (column.type === "boolean") return text.toLowerCase() === "true" || text.toLowerCase() === "yes" ? true : text.toLowerCase() === "false" || text.toLowerCase() === "no" ? false : text;
  return text;
}

export const textOf = (value: Json | undefined): string => (value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value));

/** Rows with the cells of a spreadsheet's text put in, from one cell on to the right and down; rows are added as needed. */
export function pasted(rows: JsonObject[], columns: string[], at: { row: number; column: number }, text: string, columnSchema: (name: string) => Schema): JsonObject[] {
  const lines = text.replace(/\r?\n$/, "").split(/\r?\n/).map((line) => line.split("\t"));
  const next = rows.map((row) => ({ ...row }));
  lines.forEach((cells, down) => {
    const row = (next[at.row + down] ??= {});
    cells.forEach((cell, right) => {
      const name = columns[at.column + right];
      if (name === undefined) return;
      const value = cellOf(cell, columnSchema(name));
      if (value === undefined) delete row[name];
      else row[name] = value;
    });
  });
  return next;
}

/** Rows with one cell changed; a column that was emptied stays a column as long as another row has it. */
export function withCell(rows: JsonObject[], index: number, name: string, value: Json | undefined): JsonObject[] {
  return rows.map((row, at) => {
    if (at !== index) return row;
    const { [name]: _, ...rest } = row;
    return value === undefined ? rest : name in row ? { ...row, [name]: value } : { ...rest, [name]: value };
  });
}
