import { Check, ChevronDown } from "lucide-react";
import { DropdownMenu as Radix } from "radix-ui";
import type { ReactElement, ReactNode } from "react";
import { cx } from "./classes";

export type MenuItem =
  | { label: ReactNode; icon?: ReactNode; act: () => void; isDisabled?: boolean; isDangerous?: boolean; isChecked?: boolean; shortcut?: string; hint?: string }
  | "separator";

/** Items that are there only where this is so: what somebody may not do at all is no item. */
export const itemsIf = (isSo: boolean, ...items: MenuItem[]): MenuItem[] => (isSo ? items : []);

/** Lines stand between items, never at an end or twice. */
function ruled(items: MenuItem[]): MenuItem[] {
  return items.filter((item, index) => item !== "separator" || (items.slice(0, index).some((one) => one !== "separator") && items[index + 1] !== undefined && items[index + 1] !== "separator"));
}

/** A menu behind its one child, which must take a ref and props. With `isOpen` and `onOpenChange` somebody else opens it. */
export function Menu({ children, items, align = "end", isOpen, onOpenChange }: { children: ReactElement; items: MenuItem[]; align?: "start" | "center" | "end"; isOpen?: boolean; onOpenChange?: (isOpen: boolean) => void }) {
  return (
    <Radix.Root modal={false} {...(isOpen === undefined ? {} : { open: isOpen })} {...(onOpenChange ? { onOpenChange } : {})}>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content align={align} sideOffset={4} collisionPadding={8} className="z-[60] max-h-(--radix-dropdown-menu-content-available-height) max-w-80 min-w-44 overflow-y-auto rounded-lg border border-line bg-raised p-1 shadow-xl">
          {ruled(items).map((item, index) =>
            item === "separator" ? (
              <Radix.Separator key={`separator-${index}`} className="my-1 h-px bg-line" />
            ) : (
              <Radix.Item
                key={index}
                disabled={item.isDisabled}
                onSelect={item.act}
                className={cx(
                  "flex cursor-default items-center gap-2 rounded-md px-2 py-1.5 text-sm outline-none select-none",
                  "data-[highlighted]:bg-sunken data-[disabled]:opacity-50",
                  item.isDangerous && "text-danger",
                )}
              >
                <span className="flex size-4 items-center justify-center">{item.isChecked ? <Check className="size-4" aria-label="chosen" /> : item.icon}</span>
                <span className="min-w-0 flex-1">
                  {item.label}
                  {item.hint && <span className="block text-xs text-muted">{item.hint}</span>}
                </span>
                {item.shortcut && <kbd className="text-xs text-muted">{item.shortcut}</kbd>}
              </Radix.Item>
            ),
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export const MenuArrow = () => <ChevronDown className="size-3.5 text-muted" aria-hidden />;
