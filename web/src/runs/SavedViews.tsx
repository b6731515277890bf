/** Views of the list: those that everybody has, and those that this browser keeps. */
import { BookmarkPlus, X } from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "@/ui/Button";
import { cx } from "@/ui/classes";
import { Dialog } from "@/ui/Dialog";
import { TextField } from "@/ui/fields";
import { usePersistent } from "@/ui/usePersistent";
import { BUILT_IN, type Filters, isFiltered, isView, readFilters, type SavedView, writeFilters } from "./filters";

const NAME_CHARS_MAX = 40;

export function SavedViews({ filters, onChange }: { filters: Filters; onChange: (filters: Filters) => void }) {
  const [saved, setSaved] = usePersistent<SavedView[]>("runs.views", []);
  const [isNaming, setNaming] = useState(false);
  const all = [...BUILT_IN, ...saved];
  const isKnown = all.some((view) => isView(view, filters));
  const open = (view: SavedView) => onChange(readFilters(new URLSearchParams(view.query)));
  return (
    <nav aria-label="Views" className="mb-3 flex flex-wrap items-center gap-1">
      {BUILT_IN.map((view) => <View key={view.name} view={view} isOpen={isView(view, filters)} open={() => open(view)} />)}
      {saved.map((view) => <View key={view.name} view={view} isOpen={isView(view, filters)} open={() => open(view)} remove={() => setSaved(saved.filter((one) => one !== view))} />)}
      {isFiltered(filters) && !isKnown && <Button look="quiet" isSmall icon={<BookmarkPlus className="size-3.5" aria-hidden />} onClick={() => setNaming(true)}>Save this view</Button>}
      {isNaming && (
        <NameDialog
          taken={all.map((view) => view.name)}
          onClose={() => setNaming(false)}
          onName={(name) => {
            setSaved([...saved, { name, query: writeFilters(filters).toString() }]);
            setNaming(false);
          }}
        />
      )}
    </nav>
  );
}

function View({ view, isOpen, open, remove }: { view: SavedView; isOpen: boolean; open: () => void; remove?: () => void }) {
  return (
    <span className={cx("inline-flex items-center rounded-full border text-sm", isOpen ? "border-accent bg-accent-soft text-accent" : "border-line bg-surface hover:bg-sunken")}>
      <button type="button" aria-current={isOpen ? "true" : undefined} className={cx("rounded-full py-1", remove ? "pr-1 pl-3" : "px-3")} onClick={open}>{view.name}</button>
      {remove && <IconButton isSmall className="!size-6 rounded-full" label={`Remove the view ${view.name}`} icon={<X className="size-3" aria-hidden />} onClick={remove} />}
    </span>
  );
}

function NameDialog({ taken, onName, onClose }: { taken: string[]; onName: (name: string) => void; onClose: () => void }) {
  const [name, setName] = useState("");
  const [error, setError] = useState<string | null>(null);
  const keep = () => {
    const kept = name.trim();
    if (!kept) setError("Give it a name.");
    else if (taken.includes(kept)) setError("There is a view of this name.");
    else onName(kept);
  };
  return (
    <Dialog isOpen onClose={onClose} size="small" title="Save this view" description="It is kept in this browser. To share it, share the address." footer={<><Button onClick={onClose}>Cancel</Button><Button look="primary" onClick={keep}>Save</Button></>}>
      <TextField label="Name" value={name} maxLength={NAME_CHARS_MAX} error={error} autoFocus onChange={(event) => setName(event.target.value)} onKeyDown={(event) => event.key === "Enter" && keep()} />
    </Dialog>
  );
}
