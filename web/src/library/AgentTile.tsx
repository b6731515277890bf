/** One agent in the library, as a card of the grid or as a line of the list. */
import { Ellipsis, Pencil, Play, Star } from "lucide-react";
import { Link } from "react-router";
import { ago, moment } from "@/data/times";
import { useMay } from "@/shell/viewer";
import { Button, IconButton, LinkButton } from "@/ui/Button";
import { cx } from "@/ui/classes";
import { Menu, type MenuItem } from "@/ui/Menu";
import { Badge } from "@/ui/Status";
import { Words } from "@/ui/Words";
import { DRAG_TYPE } from "./FolderTree";
import type { Item } from "./items";

export type TileProps = { item: Item; menu: MenuItem[]; onRun: () => void; onFavourite: () => void; canRun: boolean; isList: boolean; folderName?: string };

export function AgentTile({ item, menu, onRun, onFavourite, canRun, isList, folderName }: TileProps) {
  const { agent, entry } = item;
  const isFavourite = entry?.isFavourite ?? false;
  const may = useMay();
  const run = canRun && (
    <Button isSmall look={agent.activeVersion ? "primary" : "plain"} icon={<Play className="size-3.5" aria-hidden />} disabled={!agent.activeVersion} title={agent.activeVersion ? undefined : "It has no published version yet."} onClick={onRun} aria-label={`Run ${agent.name}`}>
      Run
    </Button>
  );
  const edit = (
    <LinkButton isSmall to={`/build/${agent.id}`} icon={<Pencil className="size-3.5" aria-hidden />} aria-label={may("graphs:write") ? `Edit ${agent.name}` : `Look at it: ${agent.name}`}>
      {may("graphs:write") ? "Edit" : "Look at it"}
    </LinkButton>
  );
  const more = (
    <Menu items={menu}>
      <button type="button" aria-label={`More about ${agent.name}`} className="flex size-7 shrink-0 items-center justify-center rounded-md text-muted hover:bg-sunken">
        <Ellipsis className="size-4" aria-hidden />
      </button>
    </Menu>
  );
  const star = may("library:write") && (
    <IconButton
      isSmall
      label={isFavourite ? `Remove ${agent.name} from favourites` : `Add ${agent.name} to favourites`}
      aria-pressed={isFavourite}
      icon={<Star className={cx("size-4", isFavourite && "fill-current text-warn")} aria-hidden />}
      onClick={onFavourite}
    />
  );
  const title = (
    <h3 className="min-w-0 truncate text-sm font-semibold">
      <Link to={`/library/${agent.id}`} className="hover:underline" title={agent.name} draggable={false}>
        {agent.name}
      </Link>
    </h3>
  );
  const drag = {
    draggable: may("graphs:write"),
    onDragStart: (event: React.DragEvent) => {
      event.dataTransfer.setData(DRAG_TYPE, agent.id);
      event.dataTransfer.effectAllowed = "move";
    },
  };
  if (isList) {
    return (
      <li {...drag} className="flex items-center gap-2 border-b border-line px-3 py-2 last:border-0">
        {star}
        <div className="min-w-0 flex-1">
          {title}
          <p className="truncate text-xs text-muted"><Words text={agent.description} /></p>
        </div>
        <div className="hidden items-center gap-1 sm:flex"><Marks item={item} folderName={folderName} /></div>
        <time dateTime={agent.updatedAt} title={moment(agent.updatedAt)} className="hidden w-28 text-right text-xs text-muted lg:block">{ago(agent.updatedAt)}</time>
        {run}
        {edit}
        {more}
      </li>
    );
  }
  return (
    <li {...drag} className="flex min-w-0 flex-col gap-2 rounded-xl border border-line bg-surface p-3">
      <div className="flex items-start gap-1">
        <div className="min-w-0 flex-1 pt-1">{title}</div>
        {star}
        {more}
      </div>
      <p className="line-clamp-2 min-h-8 text-xs break-words text-muted"><Words text={agent.description} /></p>
      <div className="flex min-h-5 flex-wrap gap-1"><Marks item={item} folderName={folderName} /></div>
      <div className="mt-auto flex items-center gap-2">
        {run}
        {edit}
        <time dateTime={agent.updatedAt} title={moment(agent.updatedAt)} className="ml-auto text-xs text-muted">{ago(agent.updatedAt)}</time>
      </div>
    </li>
  );
}

function Marks({ item: { agent, entry }, folderName }: { item: Item; folderName?: string }) {
  return (
    <>
      {agent.activeVersion ? <Badge>Version {entry?.graphVersion ?? agent.activeVersion.number}</Badge> : <Badge tone="warn">Draft only</Badge>}
      {entry?.listing && <Badge tone="info">{`From ${entry.listing.creator?.name ?? "the marketplace"}`}</Badge>}
      {entry?.isUpdateAvailable && <Badge tone="accent">Update available</Badge>}
      {entry?.isArchived && <Badge>Archived</Badge>}
      {folderName && <Badge>{`In ${folderName}`}</Badge>}
    </>
  );
}
