/** What a screen shows where it has nothing yet: why that is, and what to do. */
import { CircleAlert, LoaderCircle } from "lucide-react";
import type { ReactNode } from "react";
import type { Told } from "@/data/errors";
import { useEvery } from "@/data/useEvery";
import { Button } from "./Button";
import { cx } from "./classes";
import { Words } from "./Words";

/** While the API does not answer, a page that can ask again does so this often. */
const ASK_AGAIN_MS = 5_000;

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

/** What could not be read, or was refused. With `retry`, which only ever reads, it asks again by itself where the API does not answer. */
export function Failed({ errors, retry }: { errors: Told[]; retry?: () => void }) {
  const isAskedAgain = retry !== undefined && errors.some((one) => one.code === "OFFLINE");
  useEvery(ASK_AGAIN_MS, () => retry?.(), isAskedAgain);
  if (errors.length === 0) return null;
  return (
    <div role="alert" className="m-4 flex items-start gap-3 rounded-lg border border-danger bg-danger-soft p-3">
      <CircleAlert className={cx("size-4 shrink-0 text-danger", retry ? "mt-1.5" : "mt-0.5")} aria-hidden />
      <div className={cx("min-w-0 flex-1 text-sm", retry && "py-1")}>
        {errors.map((one) => (
          <p key={one.code + one.message} className="break-words">
            <strong className="font-medium"><Words text={one.message} /></strong> {one.remedy && <span><Words text={one.remedy} /></span>}{isAskedAgain && one.code === "OFFLINE" && " It tries again by itself."}
          </p>
        ))}
      </div>
      {retry && <Button isSmall onClick={retry}>Try again</Button>}
    </div>
  );
}
