/** A part of the panel that can be folded. */
import { ChevronDown, ChevronRight } from "lucide-react";
import { type ReactNode, useId, useState } from "react";

export function Section({ title, children, isOpen: isOpenFirst = false }: { title: ReactNode; children: ReactNode; isOpen?: boolean }) {
  const [isOpen, setOpen] = useState(isOpenFirst);
  const id = useId();
  const Icon = isOpen ? ChevronDown : ChevronRight;
  return (
    <section className="border-t border-line">
      <h3>
        <button type="button" aria-expanded={isOpen} aria-controls={id} className="flex w-full items-center gap-1.5 px-4 py-2.5 text-left text-sm font-semibold hover:bg-sunken" onClick={() => setOpen(!isOpen)}>
          <Icon className="size-4 shrink-0 text-muted" aria-hidden />
          {title}
        </button>
      </h3>
      <div id={id} hidden={!isOpen} className="px-4 pb-4">{isOpen && children}</div>
    </section>
  );
}
