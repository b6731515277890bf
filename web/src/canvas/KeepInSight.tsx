/** Brings the chosen node back into sight where a panel beside the canvas, or a choice made elsewhere, has put it out of it. */
import { useReactFlow, useStore } from "@xyflow/react";
import { useEffect } from "react";

const MARGIN = 24;

export function KeepInSight({ nodeId }: { nodeId: string | null }) {
  const { getInternalNode, getViewport, setCenter } = useReactFlow();
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  useEffect(() => {
    const node = nodeId === null ? undefined : getInternalNode(nodeId);
    if (!node || width === 0) return;
    const { x, y, zoom } = getViewport();
    const size = { width: node.measured.width ?? node.width ?? 0, height: node.measured.height ?? node.height ?? 0 };
    const place = node.internals.positionAbsolute;
    const left = place.x * zoom + x;
    const top = place.y * zoom + y;
    const isSeen = left >= MARGIN && top >= MARGIN && left + size.width * zoom <= width - MARGIN && top + size.height * zoom <= height - MARGIN;
    if (!isSeen) void setCenter(place.x + size.width / 2, place.y + size.height / 2, { zoom });
  }, [nodeId, width, height, getInternalNode, getViewport, setCenter]);
  return null;
}
