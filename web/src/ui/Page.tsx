/** The frame of a screen: its heading, what one can do there, and its content, which scrolls. */
import { type ReactNode, useEffect } from "react";

export function useTitle(title: string | null | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · Drystone` : "Drystone";
  }, [title]);
}

export function Page({ title, heading, subtitle, actions, children, isWide = false }: { title: string; heading?: ReactNode; subtitle?: ReactNode; actions?: ReactNode; children: ReactNode; isWide?: boolean }) {
  useTitle(title);
  return (
    <div className="flex h-full min-h-0 flex-col overflow-y-auto">
      <div className={isWide ? "flex min-h-full flex-col px-4 py-4 sm:px-6" : "mx-auto flex min-h-full w-full max-w-7xl flex-col px-4 py-4 sm:px-6"}>
        <header className="mb-4 flex flex-wrap items-center gap-x-3 gap-y-2">
          <div className="min-w-56 flex-1">
            <h1 className="text-xl font-semibold break-words">{heading ?? title}</h1>
            {subtitle && <div className="text-sm text-muted">{subtitle}</div>}
          </div>
          {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
        </header>
        {children}
      </div>
    </div>
  );
}

export function Card({ title, actions, children, className = "" }: { title?: ReactNode; actions?: ReactNode; children: ReactNode; className?: string }) {
  return (
    <section className={`rounded-xl border border-line bg-surface p-4 ${className}`}>
      {(title || actions) && (
        <header className="mb-3 flex flex-wrap items-center gap-2">
          {title && <h2 className="min-w-0 flex-1 text-sm font-semibold">{title}</h2>}
          {actions}
        </header>
      )}
      {children}
    </section>
  );
}
