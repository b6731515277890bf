/** Do something again and again while the page is seen; a page in the background does nothing, and catches up when it is seen again, unless it says otherwise. */
import { useEffect, useRef } from "react";

export function useEvery(milliseconds: number, act: () => void, isOn = true, { isHiddenToo = false }: { isHiddenToo?: boolean } = {}): void {
  const acting = useRef(act);
  acting.current = act;
  useEffect(() => {
    if (!isOn) return;
    let missed = false;
    const timer = setInterval(() => {
      if (document.visibilityState === "hidden" && !isHiddenToo) missed = true;
      else acting.current();
    }, milliseconds);
    const seen = () => {
      if (document.visibilityState === "hidden" || !missed) return;
      missed = false;
      acting.current();
    };
    document.addEventListener("visibilitychange", seen);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [milliseconds, isOn, isHiddenToo]);
}
