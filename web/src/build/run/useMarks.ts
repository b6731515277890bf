/** Puts how the shown run stands on the canvas, as often as it changes. */
import { useEffect, useMemo } from "react";
import type { LiveRun } from "@/run/liveRun";
import { useEditor } from "../store";
import { marksOf } from "./marksOf";

export function useMarks(live: LiveRun, isShown: boolean): void {
  const document = useEditor((state) => state.document);
  const opening = useEditor((state) => state.opening);
  const marks = useMemo(() => (isShown && live.run ? marksOf(live, document) : null), [isShown, live, document]);
  // `opening`: whatever opens a document takes its marks away.
  useEffect(() => useEditor.getState().setMarks(marks?.nodes ?? null, marks?.links), [marks, opening]);
  useEffect(() => () => useEditor.getState().setMarks(null), []);
}
