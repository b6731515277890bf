/** The time, as often as what shows it needs. */
import { useEffect, useState } from "react";

export function useNow(milliseconds = 1_000, isOn = true): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isOn) return;
    const timer = setInterval(() => setNow(Date.now()), milliseconds);
    return () => clearInterval(timer);
  }, [milliseconds, isOn]);
  return now;
}
