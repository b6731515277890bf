import { Tooltip as Radix } from "radix-ui";
import type { ReactElement, ReactNode } from "react";

/** A word about what has the pointer or the focus. The one child must take a ref and props. */
export function Tooltip({ text, children, side = "top" }: { text: ReactNode; children: ReactElement; side?: "top" | "right" | "bottom" | "left" }) {
  if (!text) return children;
  return (
    <Radix.Root delayDuration={400}>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content side={side} sideOffset={6} collisionPadding={8} className="z-[70] max-w-80 rounded-md border border-line bg-raised px-2 py-1 text-xs text-text shadow-lg">
          {text}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export const TooltipProvider = Radix.Provider;
