/** The library: every agent of the organisation, in folders, with what the person keeps about each. */
import { BookOpen, ChevronDown, LayoutGrid, List, Plus, Search, Upload } from "lucide-react";
import { useDeferredValue, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { ImportDrop } from "@/build/publish/ImportDrop";
import { RunDialog } from "@/run/RunDialog";
import { useMay } from "@/shell/viewer";
import { Button, IconButton } from "@/ui/Button";
import { cx } from "@/ui/classes";
import { Dialog } from "@/ui/Dialog";
import { inputClass, SelectField } from "@/ui/fields";
import { Menu } from "@/ui/Menu";
import { Page } from "@/ui/Page";
import { Failed, Loading } from "@/ui/states";
import { usePersistent } from "@/ui/usePersistent";
import { AgentList } from "./AgentList";
import { Demos } from "./Demos";
import { FolderTree } from "./FolderTree";
import { choose, type Item, NO_FOLDER, oneOf, type Show, SHOWS, sorted, SORTS, type Sort } from "./items";
import { folderOptions } from "./MoveDialog";
import { NewAgentDialog } from "./NewAgentDialog";
import { useAgentActions } from "./useAgentActions";
import { useImport } from "./useImport";
import { useLibrary } from "./useLibrary";
import { useSettled } from "./useSettled";

const SHOWN: Record<Show, string> = { all: "All agents", favourites: "Favourites", marketplace: "From the marketplace", updates: "Update available", archived: "Archived" };
const SORTED: Record<Sort, string> = { changed: "Last changed", created: "Newest", name: "Name" };
type Running = { id: string; name: string; version?: number };

export function Component() {
  const may = useMay();
  const [address, setAddress] = useSearchParams();
  const [isList, setList] = usePersistent("library.list", false);
  const [running, setRunning] = useState<Running | null>(null);
  const [isMaking, setMaking] = useState(false);
  const [hasDemos, setDemos] = useState(false);

  const search = address.get("q") ?? "";
  const show = oneOf(address.get("show"), SHOWS, "all");
  const sort = oneOf(address.get("sort"), SORTS, "changed");
  const folderId = address.get("folder");
  // What is made or imported stands in the folder that is shown.
  const into = folderId === NO_FOLDER ? null : folderId;
  const set = (name: string, value: string | null) =>
    setAddress((now) => {
      if (value) now.set(name, value);
      else now.delete(name);
      return now;
    }, { replace: true });

  const library = useLibrary(useSettled(search));
  const { importDocument, isBusy } = useImport(into, library.refresh);
  const { itemsFor, changeEntry, entryToRun, dialogs } = useAgentActions({ folders: library.folders, refresh: library.refresh, keep: library.keep });
  const chosen = useMemo(() => sorted(choose(library.items, show, folderId, search), sort), [library.items, show, folderId, search, sort]);
  // Drawn a little later than it is known: until then nobody is told that there is nothing.
  const shown = useDeferredValue(chosen);
  const isEmpty = !library.isFirst && library.items.length === 0 && !search;
  const canWrite = may("graphs:write");

  const run = async (item: Item) => {
    const entry = await entryToRun(item.agent.id);
    setRunning({ id: item.agent.id, name: item.agent.name, version: entry?.graphVersion ?? undefined });
  };
  const actionsWith = (pick: () => void) => canWrite && (
    <>
      <Menu
        items={[
          { label: "From a file", icon: <Upload className="size-4" />, hint: "That AutoGPT or Drystone exported", act: pick },
          { label: "An example", icon: <BookOpen className="size-4" />, hint: "They run without keys", act: () => setDemos(true) },
        ]}
      >
        <Button isBusy={isBusy} icon={<Upload className="size-4" aria-hidden />}>
          Import <ChevronDown className="size-3.5 text-muted" aria-hidden />
        </Button>
      </Menu>
      <Button look="primary" data-tour="new-agent" icon={<Plus className="size-4" aria-hidden />} onClick={() => setMaking(true)}>New agent</Button>
    </>
  );
  return (
    <>
      <ImportDrop folderId={into} onImported={library.refresh}>
        {(pick) => (
          <Page title="Library" subtitle={library.total ? `${library.total} ${library.total === 1 ? "agent" : "agents"}` : undefined} actions={actionsWith(pick)} isWide>
            <Failed errors={library.errors} retry={library.refresh} />
            {library.isFirst ? (
              library.errors.length === 0 && <Loading text="Reading the library" />
            ) : isEmpty ? (
              <FirstTime canWrite={canWrite} onNew={() => setMaking(true)} onImport={pick} demos={<Demos importDocument={importDocument} onRun={setRunning} />} />
            ) : (
              <div className="flex min-h-0 flex-1 flex-col gap-4 lg:flex-row">
                <aside className="hidden w-52 shrink-0 lg:block">
                  <FolderTree folders={library.folders} items={library.items} chosenId={search ? null : folderId} onChoose={(id) => setAddress(id ? { folder: id } : {}, { replace: true })} onChange={library.refresh} />
                </aside>
                <div className="min-w-0 flex-1">
                  <div className="mb-3 flex flex-wrap items-end gap-2" role="search">
                    <label className="relative min-w-48 flex-1">
                      <span className="sr-only">Search agents</span>
                      <Search className="pointer-events-none absolute top-2 left-2.5 size-4 text-muted" aria-hidden />
                      <input type="search" className={cx(inputClass, "h-8 pl-8")} placeholder="Search by name or description" value={search} onChange={(event) => set("q", event.target.value)} />
                    </label>
                    <div className="w-44 lg:hidden"><SelectField label="Folder" isLabelHidden options={[{ value: "", label: "All agents" }, ...folderOptions(library.folders).map((one) => (one.value ? one : { ...one, value: NO_FOLDER }))]} value={folderId ?? ""} onChange={(value) => set("folder", value)} /></div>
                    <div className="w-44"><SelectField label="Show" isLabelHidden options={SHOWS.map((one) => ({ value: one, label: SHOWN[one] }))} value={show} onChange={(value) => set("show", value === "all" ? null : value)} /></div>
                    <div className="w-40"><SelectField label="Sort by" isLabelHidden options={SORTS.map((one) => ({ value: one, label: SORTED[one] }))} value={sort} onChange={(value) => set("sort", value === "changed" ? null : value)} /></div>
                    <IconButton label="Show as cards" icon={<LayoutGrid className="size-4" aria-hidden />} isPressed={!isList} onClick={() => setList(false)} />
                    <IconButton label="Show as a list" icon={<List className="size-4" aria-hidden />} isPressed={isList} onClick={() => setList(true)} />
                  </div>
                  <AgentList
                    items={shown}
                    folders={library.folders}
                    isList={isList}
                    isNarrowed={show !== "all" || search !== "" || folderId !== null}
                    namesFolders={folderId === null || search !== ""}
                    canRun={may("runs:execute")}
                    itemsFor={itemsFor}
                    onRun={(item) => void run(item)}
                    onFavourite={(item) => void changeEntry(item, { isFavourite: !item.entry?.isFavourite })}
                    onClear={() => setAddress({}, { replace: true })}
                    hasMore={library.hasMore}
                    isLoading={library.isLoading || shown !== chosen}
                    more={library.more}
                  />
                </div>
              </div>
            )}
          </Page>
        )}
      </ImportDrop>
      {dialogs}
      {isMaking && <NewAgentDialog folderId={into} onClose={() => setMaking(false)} />}
      {hasDemos && (
        <Dialog isOpen onClose={() => setDemos(false)} size="large" title="Examples" description="Each comes into the library and can be changed there. None needs a key.">
          <Demos importDocument={importDocument} onRun={(agent) => { setDemos(false); setRunning(agent); }} />
        </Dialog>
      )}
      {running && <RunDialog agent={running} version={running.version} isOpen onClose={() => setRunning(null)} />}
    </>
  );
}

function FirstTime({ canWrite, onNew, onImport, demos }: { canWrite: boolean; onNew: () => void; onImport: () => void; demos: React.ReactNode }) {
  return (
    <div className="mx-auto flex w-full max-w-5xl flex-col gap-5 py-6">
      <div className="text-center">
        <h2 className="text-lg font-semibold">There is no agent here yet</h2>
        <p className="mx-auto mt-1 max-w-xl text-sm text-muted">
          {canWrite ? "An agent is a graph of blocks that runs reliably, whatever is killed meanwhile. Try one of these: they need no keys and no network." : "Nobody in the organisation has made one. Your role lets you run agents, and not make them."}
        </p>
      </div>
      {canWrite && demos}
      {canWrite && (
        <div className="flex flex-wrap justify-center gap-2">
          <Button look="primary" icon={<Plus className="size-4" aria-hidden />} onClick={onNew}>Build one from nothing</Button>
          <Button icon={<Upload className="size-4" aria-hidden />} onClick={onImport}>Import a file</Button>
        </div>
      )}
      <p className="text-center text-xs text-muted">A file can be dropped anywhere on this page.</p>
    </div>
  );
}
