import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";

export type Tab = { id: string; label: ReactNode; count?: number | null; content: ReactNode };

/** Tabs; only the chosen one's content is there. */
export function Tabs({ tabs, value, onChange, label }: { tabs: Tab[]; value: string; onChange: (id: string) => void; label: string }) {
  return (
    <Radix.Root value={value} onValueChange={onChange} className="flex min-h-0 flex-1 flex-col">
      <Radix.List aria-label={label} className="flex gap-1 overflow-x-auto border-b border-line px-1">
        {tabs.map((tab) => (
          <Radix.Trigger key={tab.id} value={tab.id} className="-mb-px shrink-0 -outline-offset-2 border-b-2 border-transparent px-3 py-2 text-sm font-medium text-muted hover:text-text data-[state=active]:border-accent data-[state=active]:text-text">
            {tab.label}
            {tab.count != null && <span className="ml-1.5 rounded-full bg-sunken px-1.5 py-0.5 text-xs">{tab.count}</span>}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        // It takes the focus, for the keyboard must be able to scroll what has no field to stand in.
        <Radix.Content key={tab.id} value={tab.id} className="min-h-0 flex-1 overflow-y-auto focus-visible:-outline-offset-2" tabIndex={0}>
          {tab.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}
