/** The tour: one small window after the other, each beside what it is about. It can be left at any moment, and begun again from the palette. */
import { X } from "lucide-react";
import { Popover } from "radix-ui";
import { useEffect, useRef, useState } from "react";
import { useLocation, useNavigate } from "react-router";
import { Button, IconButton } from "@/ui/Button";
import { endTour, STEPS, startTour, stepTo, useTour } from "./tour";

const LOOK_MS = 150;
const LOOKS_MAX = 20;

export function Tour() {
  const { at } = useTour();
  const step = at === null ? null : (STEPS[at] ?? null);
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const target = useTarget(step?.target ?? null, pathname);
  const here = useRef(pathname);
  here.current = pathname;
  useEffect(() => {
    if (step && step.path !== here.current) navigate(step.path);
  }, [step, navigate]);
  const next = useRef<HTMLButtonElement>(null);
  const isOn = step !== null;
  useEffect(() => {
    // Heard everywhere, for the focus may be in the screen that the tour is about.
    const press = (event: KeyboardEvent) => event.key === "Escape" && endTour();
    if (isOn) document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [isOn]);
  if (!step || at === null) return null;
  const isLast = at === STEPS.length - 1;
  return (
    <Popover.Root open>
      <Popover.Anchor virtualRef={{ current: target ?? MIDDLE }} />
      <Popover.Portal>
        <Popover.Content
          key={step.id}
          side={target ? "right" : "bottom"}
          align="start"
          sideOffset={10}
          collisionPadding={12}
          aria-label="Tour"
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            next.current?.focus();
          }}
          onInteractOutside={(event) => event.preventDefault()}
          className="z-[75] flex w-80 max-w-[92vw] flex-col gap-2 rounded-xl border border-accent bg-raised p-4 shadow-2xl"
        >
          <div className="flex items-start gap-2">
            <h2 className="min-w-0 flex-1 text-sm font-semibold">{step.title}</h2>
            <IconButton label="End the tour" isSmall icon={<X className="size-4" aria-hidden />} onClick={endTour} />
          </div>
          <p className="text-sm text-muted">{step.text}</p>
          <div className="mt-1 flex items-center gap-2">
            <span className="flex-1 text-xs text-muted">{at + 1} of {STEPS.length}</span>
            {at > 0 && <Button isSmall onClick={() => stepTo(at - 1)}>Back</Button>}
            <Button ref={next} isSmall look="primary" onClick={() => stepTo(at + 1)}>{isLast ? "Done" : "Next"}</Button>
          </div>
          {target && <Popover.Arrow className="fill-accent" />}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

const MIDDLE = { getBoundingClientRect: () => new DOMRect(innerWidth / 2 - 160, innerHeight / 4, 320, 0) };

/** The element of a step, once its screen has it and it is to be seen. */
function useTarget(selector: string | null, pathname: string): Element | null {
  const [target, setTarget] = useState<Element | null>(null);
  useEffect(() => {
    setTarget(null);
    if (!selector) return;
    let looks = 0;
    const look = () => {
      const found = document.querySelector(selector);
      const box = found?.getBoundingClientRect();
      if (found && box && box.width > 0) setTarget(found);
      else if (++looks < LOOKS_MAX) timer = setTimeout(look, LOOK_MS);
    };
    let timer = setTimeout(look, 0);
    return () => clearTimeout(timer);
  }, [selector, pathname]);
  return target;
}

/** Stands in the menu until somebody has taken the tour or does not want it. It covers nothing. */
export function TourOffer() {
  const { isOffered } = useTour();
  if (!isOffered) return null;
  return (
    <section aria-label="Tour" className="mx-2 mb-2 hidden rounded-lg border border-line bg-page p-2 md:block">
      <p className="text-xs text-muted">New here? A tour takes a minute.</p>
      <div className="mt-1.5 flex gap-1">
        <Button isSmall look="primary" onClick={startTour}>Take the tour</Button>
        <Button isSmall look="quiet" onClick={endTour}>No</Button>
      </div>
    </section>
  );
}
