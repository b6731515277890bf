/** F6 goes from one part of the builder to the next, Shift+F6 back: Tab on the canvas adds a block. Parts have `data-region`. */
import { useEffect } from "react";

const FOCUSABLE = 'a[href], button:not([disabled]), input:not([disabled]), select, textarea, [tabindex="0"]';

export function useRegions(): void {
  useEffect(() => {
    const go = (event: KeyboardEvent) => {
      if (event.key !== "F6") return;
      event.preventDefault();
      const regions = [...document.querySelectorAll<HTMLElement>("[data-region]")];
      const at = regions.findIndex((one) => one.contains(document.activeElement));
      const step = event.shiftKey ? -1 : 1;
      const next = regions[(at + step + regions.length) % regions.length];
      (next?.matches('[tabindex="0"]') ? next : next?.querySelector<HTMLElement>(FOCUSABLE))?.focus();
    };
    document.addEventListener("keydown", go);
    return () => document.removeEventListener("keydown", go);
  }, []);
}
