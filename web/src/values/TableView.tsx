/** A list of rows as a table: the first few hundred; all of them are in its JSON. */
import { useState } from "react";
import type { Json } from "@/graph/document";
import { cx } from "@/ui/classes";
import { asText, cellOf, columnsOf, ROWS_MAX } from "./kinds";

const STEP = 50;

export function TableView({ rows }: { rows: Json[] }) {
  const [shown, setShown] = useState(STEP);
  const columns = columnsOf(rows);
  const isOfLists = Array.isArray(rows[0]);
  return (
    <div>
      <div className="max-h-96 overflow-auto rounded-md border border-line" tabIndex={0} role="region" aria-label="Table">
        <table className="border-collapse text-sm">
          <thead className="sticky top-0 bg-sunken">
            <tr>
              {columns.map((name) => <th key={name} scope="col" className="border-b border-line px-2 py-1 text-left text-xs font-medium whitespace-nowrap">{isOfLists ? Number(name) + 1 : name}</th>)}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, Math.min(shown, ROWS_MAX)).map((row, index) => (
              <tr key={index} className="border-b border-line last:border-0">
                {columns.map((name) => {
                  const cell = cellOf(row, name);
                  return <td key={name} className={cx("max-w-80 px-2 py-1 align-top break-words", typeof cell === "number" ? "text-right tabular-nums" : "min-w-28")}><div className="line-clamp-6">{cell === undefined ? "" : asText(cell).slice(0, 300)}</div></td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="mt-1 text-xs text-muted">
        {rows.length.toLocaleString()} {rows.length === 1 ? "row" : "rows"}
        {rows.length > shown && shown < ROWS_MAX && <button type="button" className="ml-2 text-accent underline" onClick={() => setShown(shown + STEP * 3)}>Show more</button>}
        {rows.length > ROWS_MAX && shown >= ROWS_MAX && <span> The first {ROWS_MAX} are shown: switch to JSON for the rest.</span>}
      </p>
    </div>
  );
}
