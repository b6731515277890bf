import { SearchX } from "lucide-react";
import type { MenuItem } from "@/ui/Menu";
import { Button } from "@/ui/Button";
import { Empty } from "@/ui/states";
import { More } from "@/ui/Table";
import { AgentTile } from "./AgentTile";
import type { FolderRow, Item } from "./items";

type Props = {
  items: Item[];
  folders: FolderRow[];
  isList: boolean;
  /** Whether something is asked for that may leave nothing. */
  isNarrowed: boolean;
  /** Whether each agent says in which folder it is. */
  namesFolders: boolean;
  canRun: boolean;
  itemsFor: (item: Item) => MenuItem[];
  onRun: (item: Item) => void;
  onFavourite: (item: Item) => void;
  onClear: () => void;
  hasMore: boolean;
  isLoading: boolean;
  more: () => void;
};

export function AgentList({ items, folders, isList, isNarrowed, namesFolders, canRun, itemsFor, onRun, onFavourite, onClear, hasMore, isLoading, more }: Props) {
  const names = new Map(folders.map((one) => [one.id, one.name]));
  if (items.length === 0 && !isLoading) {
    return (
      <Empty icon={<SearchX className="size-6" />} title="No agent is here" text={isNarrowed ? "Search with other words, choose another folder, or show all agents." : "They are all in the archive."}>
        {isNarrowed && <Button onClick={onClear}>Show all agents</Button>}
      </Empty>
    );
  }
  return (
    <>
      <ul aria-label="Agents" className={isList ? "rounded-xl border border-line bg-surface" : "grid gap-3 sm:grid-cols-2 xl:grid-cols-3"}>
        {items.map((item) => (
          <AgentTile
            key={item.agent.id}
            item={item}
            menu={itemsFor(item)}
            isList={isList}
            canRun={canRun}
            folderName={namesFolders && item.agent.folder ? names.get(item.agent.folder.id) : undefined}
            onRun={() => onRun(item)}
            onFavourite={() => onFavourite(item)}
          />
        ))}
      </ul>
      <More hasMore={hasMore} isLoading={isLoading} more={more} />
    </>
  );
}
