import { LoaderCircle } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { Link, type LinkProps } from "react-router";
import { cx } from "./classes";
import { Tooltip } from "./Tooltip";

type Look = "primary" | "plain" | "quiet" | "danger";

const LOOKS: Record<Look, string> = {
  primary: "bg-accent text-on-accent border-accent hover:brightness-110",
  plain: "bg-surface text-text border-line-strong hover:bg-sunken",
  quiet: "bg-transparent text-text border-transparent hover:bg-sunken",
  danger: "bg-danger-soft text-danger border-danger hover:brightness-95",
};

export const buttonClass = (look: Look = "plain", isSmall = false): string =>
  cx(
    "inline-flex items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap select-none",
    "disabled:opacity-55 disabled:cursor-not-allowed",
    isSmall ? "h-7 px-2 text-xs pointer-coarse:h-9" : "h-8 px-3 text-sm pointer-coarse:h-9",
    LOOKS[look],
  );

type ButtonProps = ComponentProps<"button"> & { look?: Look; isSmall?: boolean; isBusy?: boolean; icon?: ReactNode };

export function Button({ look = "plain", isSmall, isBusy, icon, className, children, disabled, ...rest }: ButtonProps) {
  return (
    <button type="button" className={cx(buttonClass(look, isSmall), className)} disabled={disabled || isBusy} aria-busy={isBusy || undefined} {...rest}>
      {isBusy ? <LoaderCircle className="size-4 animate-spin" aria-hidden /> : icon}
      {children}
    </button>
  );
}

export function LinkButton({ look = "plain", isSmall, icon, className, children, ...rest }: LinkProps & { look?: Look; isSmall?: boolean; icon?: ReactNode }) {
  return (
    <Link className={cx(buttonClass(look, isSmall), className)} {...rest}>
      {icon}
      {children}
    </Link>
  );
}

/** A button that is an icon only: `label` is its name and its tooltip. */
export function IconButton({ label, icon, look = "quiet", isSmall, className, isPressed, shortcut, ...rest }: Omit<ButtonProps, "children"> & { label: string; icon: ReactNode; isPressed?: boolean; shortcut?: string }) {
  return (
    <Tooltip text={shortcut ? `${label} (${shortcut})` : label}>
      <button
        type="button"
        aria-label={label}
        aria-pressed={isPressed}
        className={cx(
          "inline-flex items-center justify-center rounded-md border disabled:opacity-45 disabled:cursor-not-allowed",
          isSmall ? "size-7 pointer-coarse:size-9" : "size-8 pointer-coarse:size-9",
          isPressed ? "border-transparent bg-accent-soft text-accent" : LOOKS[look],
          className,
        )}
        {...rest}
      >
        {icon}
      </button>
    </Tooltip>
  );
}
