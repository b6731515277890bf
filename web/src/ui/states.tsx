/** What a screen shows where it has nothing yet: why that is, and what to do. */
import { CircleAlert, LoaderCircle } from "lucide-react";
import type { ReactNode } from "react";
import type { Told } from "@/data/errors";
import { Button } from "./Button";

export function Empty({ icon, title, text, children }: { icon?: ReactNode; title: string; text?: ReactNode; children?: ReactNode }) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-2 px-4 py-12 text-center">
      {icon && <div className="text-muted" aria-hidden>{icon}</div>}
      <h2 className="text-base font-semibold">{title}</h2>
      {text && <p className="text-sm text-muted">{text}</p>}
      {children && <div className="mt-2 flex flex-wrap justify-center gap-2">{children}</div>}
    </div>
  );
}

export function Loading({ text = "Loading" }: { text?: string }) {
  return (
    <div role="status" className="flex items-center justify-center gap-2 p-8 text-sm text-muted">
      <LoaderCircle className="size-4 animate-spin" aria-hidden />
      {text}
    </div>
  );
}

export function Failed({ errors, retry }: { errors: Told[]; retry?: () => void }) {
  if (errors.length === 0) return null;
  return (
    <div role="alert" className="m-4 flex items-start gap-3 rounded-lg border border-danger bg-danger-soft p-3">
      <CircleAlert className="mt-0.5 size-4 shrink-0 text-danger" aria-hidden />
      <div className="min-w-0 flex-1 text-sm">
        {errors.map((one) => (
          <p key={one.code + one.message} className="break-words">
            <strong className="font-medium">{one.message}</strong> {one.remedy && <span>{one.remedy}</span>}
          </p>
        ))}
      </div>
      {retry && <Button isSmall onClick={retry}>Try again</Button>}
    </div>
  );
}
