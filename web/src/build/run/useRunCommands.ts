/** The ways to run the open agent, in the palette of commands: the same that stand in the menu beside Run. */
import { useMemo, useRef } from "react";
import { useCommands } from "@/shell/commands";
import type { MenuItem } from "@/ui/Menu";

export function useRunCommands(items: readonly MenuItem[]): void {
  const latest = useRef(items);
  latest.current = items;
  // The menu is made anew with each drawing; what is offered changes seldom.
  const labels = JSON.stringify(items.flatMap((one) => (one !== "separator" && !one.isDisabled && typeof one.label === "string" ? [one.label] : [])));
  const commands = useMemo(
    () =>
      (JSON.parse(labels) as string[]).map((label) => ({
        id: `run ${label}`,
        label,
        group: "Run",
        act: () => {
          const item = latest.current.find((one) => one !== "separator" && one.label === label);
          if (item && item !== "separator") item.act();
        },
      })),
    [labels],
  );
  useCommands(commands);
}
