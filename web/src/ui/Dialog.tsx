import { X } from "lucide-react";
import { AlertDialog, Dialog as Radix } from "radix-ui";
import { type ReactNode, useState } from "react";
import { Button } from "./Button";
import { cx } from "./classes";

const OVERLAY = "fixed inset-0 z-50 bg-black/45";
const PANEL =
  "fixed z-50 inset-0 m-auto max-h-[92dvh] max-w-[96vw] flex flex-col rounded-xl border border-line bg-raised text-text shadow-2xl";
const WIDTHS = { small: "w-[26rem] h-fit", medium: "w-[38rem] h-fit", large: "w-[60rem] h-fit", full: "w-[96vw] h-[92dvh]" };

/** Without a tooltip: one would be the uppermost layer as soon as the button has the focus, and take the first Escape for itself. */
const Close = () => (
  <Radix.Close aria-label="Close" title="Close" className="inline-flex size-7 items-center justify-center rounded-md hover:bg-sunken">
    <X className="size-4" aria-hidden />
  </Radix.Close>
);

/** Begin in the first field where there is one: whoever opens a form wants to fill it in. */
function beginInField(event: Event): void {
  const panel = event.target as HTMLElement;
  const field = panel.querySelector<HTMLElement>("[data-body] :is(input:not([type=hidden]), textarea, select):not(:disabled)");
  if (!field) return;
  event.preventDefault();
  field.focus();
}

/** What scrolls between head and foot. It takes the focus, for the keyboard must be able to scroll a text without fields. */
const Body = ({ children }: { children: ReactNode }) => (
  <div data-body tabIndex={0} className="min-h-0 flex-1 overflow-y-auto px-5 py-4 focus-visible:-outline-offset-2">
    {children}
  </div>
);

type DialogProps = {
  isOpen: boolean;
  onClose: () => void;
  title: ReactNode;
  /** A sentence about what it is for; read out with the title. */
  description?: ReactNode;
  children: ReactNode;
  footer?: ReactNode;
  size?: keyof typeof WIDTHS;
};

export function Dialog({ isOpen, onClose, title, description, children, footer, size = "medium" }: DialogProps) {
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className={OVERLAY} />
        <Radix.Content onOpenAutoFocus={beginInField} className={cx(PANEL, WIDTHS[size])} {...(description ? {} : { "aria-describedby": undefined })}>
          <header className="flex items-start gap-3 border-b border-line px-5 py-3">
            <div className="min-w-0 flex-1">
              <Radix.Title className="text-base font-semibold">{title}</Radix.Title>
              {description && <Radix.Description className="mt-0.5 text-sm text-muted">{description}</Radix.Description>}
            </div>
            <Close />
          </header>
          <Body>{children}</Body>
          {footer && <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3">{footer}</footer>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** Asks before something that cannot be taken back. `act` may be asynchronous: the dialog stays until it is done. */
export function Confirm({ isOpen, onClose, title, text, action, isDangerous = true, act }: { isOpen: boolean; onClose: () => void; title: string; text: ReactNode; action: string; isDangerous?: boolean; act: () => unknown }) {
  const [isBusy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    try {
      await act();
      onClose();
    } catch {
      // Who acts has told what was refused; the dialog stays for another try.
    } finally {
      setBusy(false);
    }
  };
  return (
    <AlertDialog.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className={OVERLAY} />
        <AlertDialog.Content className={cx(PANEL, WIDTHS.small, "p-5 gap-3")}>
          <AlertDialog.Title className="text-base font-semibold">{title}</AlertDialog.Title>
          <AlertDialog.Description asChild>
            <div className="text-sm text-muted">{text}</div>
          </AlertDialog.Description>
          <div className="flex justify-end gap-2 pt-1">
            <AlertDialog.Cancel asChild>
              <Button>Keep it as it is</Button>
            </AlertDialog.Cancel>
            <Button look={isDangerous ? "danger" : "primary"} isBusy={isBusy} onClick={() => void go()}>
              {action}
            </Button>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
