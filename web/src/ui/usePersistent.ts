import { useCallback, useState } from "react";

/** State that this browser keeps under a key; what cannot be read or written is as if it were not there. */
export function usePersistent<T>(key: string, initial: T): [T, (value: T) => void] {
  const name = `drystone.${key}`;
  const [value, setValue] = useState<T>(() => {
    try {
      const kept = localStorage.getItem(name);
      return kept === null ? initial : (JSON.parse(kept) as T);
    } catch {
      return initial;
    }
  });
  const set = useCallback(
    (next: T) => {
      setValue(next);
      try {
        localStorage.setItem(name, JSON.stringify(next));
      } catch {
        // A full or forbidden storage: it counts until the page is left.
      }
    },
    [name],
  );
  return [value, set];
}
