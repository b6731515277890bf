/** Runs that begin or end at a node, for what lies elsewhere, such as the node's menu: the bar and the panel of runs say here what can be done. */
import { useEffect, useRef } from "react";
import { create } from "zustand";

type Act = (nodeId: string) => void;
type NodeRuns = {
  /** Only this node, by itself; null: it cannot be run now. */
  only: Act | null;
  /** This node, and what leads to it. */
  until: Act | null;
  /** The run that is shown goes on from this node. */
  from: { can: (nodeId: string) => boolean; act: Act } | null;
};

export const useNodeRuns = create<NodeRuns>(() => ({ only: null, until: null, from: null }));

/** Offer some of these while the caller is there, each as its newest drawing has it. */
export function useOffered(offered: Partial<NodeRuns>): void {
  const latest = useRef(offered);
  latest.current = offered;
  const which = JSON.stringify([!!offered.only, !!offered.until, !!offered.from]);
  useEffect(() => {
    const { only, until, from } = latest.current;
    const mine: Partial<NodeRuns> = {
      ...(only ? { only: (nodeId) => latest.current.only?.(nodeId) } : {}),
      ...(until ? { until: (nodeId) => latest.current.until?.(nodeId) } : {}),
      ...(from ? { from: { can: (nodeId) => latest.current.from?.can(nodeId) ?? false, act: (nodeId) => latest.current.from?.act(nodeId) } } : {}),
    };
    useNodeRuns.setState(mine);
    return () => useNodeRuns.setState(Object.fromEntries(Object.keys(mine).map((name) => [name, null])));
  }, [which]);
}
