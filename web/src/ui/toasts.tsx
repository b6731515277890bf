/** Short notices at the edge of the screen. Errors stay until they are closed; they are read out at once. */
import { X } from "lucide-react";
import { create } from "zustand";
import type { Told } from "@/data/errors";
import { IconButton } from "./Button";
import { cx } from "./classes";

export type Toast = { kind: "ok" | "info" | "error"; title: string; text?: string | null; action?: { label: string; act: () => void } };
type Kept = Toast & { id: number };

const useToasts = create<{ toasts: Kept[] }>(() => ({ toasts: [] }));
let last = 0;
const SHOWN_MS = 6_000;
const SHOWN_MAX = 4;

export function notify(toast: Toast): void {
  const id = ++last;
  useToasts.setState(({ toasts }) => ({ toasts: [...toasts.filter((one) => one.title !== toast.title), { ...toast, id }].slice(-SHOWN_MAX) }));
  if (toast.kind !== "error") setTimeout(() => close(id), SHOWN_MS);
}

export function notifyProblems(problems: Told[]): void {
  for (const one of problems.slice(0, 3)) notify({ kind: "error", title: one.message, text: one.remedy });
}

function close(id: number): void {
  useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((one) => one.id !== id) }));
}

const LOOKS = { ok: "border-l-ok", info: "border-l-info", error: "border-l-danger" };

export function Toasts() {
  const { toasts } = useToasts();
  return (
    <section aria-label="Notices" className="pointer-events-none fixed right-4 bottom-4 z-[80] flex w-96 max-w-[92vw] flex-col gap-2">
      {toasts.map((one) => (
        <div key={one.id} role={one.kind === "error" ? "alert" : "status"} className={cx("pointer-events-auto flex items-start gap-2 rounded-lg border border-l-4 border-line bg-raised p-3 shadow-lg", LOOKS[one.kind])}>
          <div className="min-w-0 flex-1 py-1">
            <p className="text-sm font-medium break-words">{one.title}</p>
            {one.text && <p className="mt-0.5 text-sm break-words text-muted">{one.text}</p>}
            {one.action && (
              <button type="button" className="mt-1 text-sm font-medium text-accent underline" onClick={() => { one.action?.act(); close(one.id); }}>
                {one.action.label}
              </button>
            )}
          </div>
          <IconButton label="Close this notice" isSmall icon={<X className="size-4" aria-hidden />} onClick={() => close(one.id)} />
        </div>
      ))}
    </section>
  );
}
