/** Tables of rows: real tables, which scroll sideways within their frame on a narrow screen; `relative` keeps in it what only screen readers see. */
import type { ReactNode } from "react";
import { cx } from "./classes";

export type Column<Row> = { id: string; header: ReactNode; cell: (row: Row) => ReactNode; className?: string; isHeaderHidden?: boolean };

export function Table<Row>({ label, columns, rows, keyOf, onRow, isChosen }: { label: string; columns: Column<Row>[]; rows: Row[]; keyOf: (row: Row) => string; onRow?: (row: Row) => void; isChosen?: (row: Row) => boolean }) {
  return (
    <div className="relative shrink-0 overflow-x-auto rounded-xl border border-line bg-surface" role="region" aria-label={label} tabIndex={0}>
      <table className="w-full border-collapse text-sm">
        <thead>
          <tr className="border-b border-line text-left text-xs text-muted">
            {columns.map((column) => (
              <th key={column.id} scope="col" className={cx("px-3 py-2 font-medium whitespace-nowrap", column.className)}>
                {column.isHeaderHidden ? <span className="sr-only">{column.header}</span> : column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} className={cx("border-b border-line last:border-0", onRow && "cursor-pointer hover:bg-sunken", isChosen?.(row) && "bg-accent-soft")} onClick={onRow && ((event) => !(event.target as Element).closest("a,button,input,label") && onRow(row))}>
              {columns.map((column) => (
                <td key={column.id} className={cx("px-3 py-2 align-middle", column.className)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function More({ hasMore, isLoading, more }: { hasMore: boolean; isLoading: boolean; more: () => void }) {
  if (!hasMore) return null;
  return (
    <div className="flex justify-center p-3">
      <button type="button" className="rounded-md border border-line-strong px-3 py-1 text-sm hover:bg-sunken" disabled={isLoading} onClick={more}>
        {isLoading ? "Loading" : "Show more"}
      </button>
    </div>
  );
}
