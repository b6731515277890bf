/** Who is signed in, for every screen below the shell. */
import { createContext, useContext } from "react";
import type { ViewerQuery } from "./viewer.generated";

export type Viewer = ViewerQuery["viewer"];

export const ViewerContext = createContext<Viewer | null>(null);

export function useViewer(): Viewer {
  const viewer = useContext(ViewerContext);
  if (!viewer) throw new Error("This screen is shown outside the shell.");
  return viewer;
}

/** Whether the caller may do what needs this right, such as `runs:write`. The API decides; this only greys out. */
export function useMay(): (right: string) => boolean {
  const viewer = useViewer();
  return (right) => viewer.rights.includes(right);
}
